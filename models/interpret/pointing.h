// The pointing game (Zhang et al., ECCV 2016, without its tolerance): for images with lesion masks, the share of maps
// whose maximum is inside the lesion, and the share that a random point would reach.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "engine/data/preprocess.h"
#include "models/interpret/cam_image.h"

namespace graft {

struct PointingGame {
  int lesions = 0, hits = 0;  // images with a lesion; maps with their peak inside it
  int empty_maps = 0;         // all-zero maps of images with a lesion: no peak, so no hit
  int without_lesion = 0;     // images with an empty mask
  int without_mask = 0;       // images without a mask file, or with one that is ambiguous
  double area = 0;            // sum over `lesions` of the lesion's share of the image

  double share() const { return lesions ? double(hits) / lesions : 0; }
  double chance() const { return lesions ? area / lesions : 0; }
};

// The first masks, if any, whose values are unusual.
struct MaskValues {
  std::string dark;     // only two values, both below 128 (say 0 and 1): the larger one is taken as the lesion
  std::string unclear;  // more values, all below 128: the mask is ambiguous
};

// Records one map. The masks (white inside; several are parts of one) are fitted like the image. Returns whether it
// is a hit; nullopt without a lesion or mask. Throws Error (data) for an unreadable mask, and records nothing.
std::optional<bool> record_pointing(PointingGame& pointing, MaskValues& values,
                                    const std::vector<std::filesystem::path>& masks, const Preprocess& preprocess,
                                    const Peak& peak);

std::string describe(const PointingGame& pointing);

nlohmann::json to_json(const PointingGame& pointing);
PointingGame pointing_from_json(const nlohmann::json& json);  // throws nlohmann::json exceptions

}  // namespace graft
