// Does a map point at the lesion? Where masks are known: the share of maps whose largest value lies inside (the
// "pointing game" of Zhang et al., ECCV 2016, without its tolerance), beside the share that a random point would
// get.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "engine/data/preprocess.h"
#include "models/interpret/cam_image.h"

namespace graft {

struct PointingGame {
  int lesions = 0, hits = 0;  // images with a lesion; maps whose peak lies in it
  int empty_maps = 0;         // of those with a lesion: no peak, so no hit
  int without_lesion = 0;     // empty masks
  int without_mask = 0;       // no file, or one of which nobody knows what is the lesion
  double area = 0;            // sum over `lesions` of the lesion's share of the image

  double share() const { return lesions ? double(hits) / lesions : 0; }
  double chance() const { return lesions ? area / lesions : 0; }
};

// How the masks' values were read, where that is not plain.
struct MaskValues {
  std::string dark;     // the first of two values below 128 (0 and 1), of which the larger is the lesion
  std::string unclear;  // the first of several values, all below 128
};

// Notes one map; the masks (white inside; several are parts of one) are fitted as the image was. Was it a hit?
// Nothing: no lesion, no mask. Throws Error(Fault::data) for a mask that cannot be read, and notes nothing.
std::optional<bool> record_pointing(PointingGame& pointing, MaskValues& values,
                                    const std::vector<std::filesystem::path>& masks, const Preprocess& preprocess,
                                    const Peak& peak);

std::string describe(const PointingGame& pointing);

nlohmann::json to_json(const PointingGame& pointing);
PointingGame pointing_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

}  // namespace graft
