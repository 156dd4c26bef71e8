// Does a map point at the lesion? Where masks are known: the share of maps whose largest value lies inside (the
// "pointing game" of Zhang et al., ECCV 2016, without its tolerance), beside the share that a random point would
// get.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "engine/data/preprocess.h"
#include "tools/cam_image.h"

namespace graft {

struct Pointing {
  int lesions = 0, hits = 0;  // images with a lesion; maps whose peak lies in it
  int empty_maps = 0;         // of those with a lesion: no peak, so no hit
  int without_lesion = 0;     // empty masks
  int without_mask = 0;       // no file
  double area = 0;            // sum over `lesions` of the lesion's share of the image

  double share() const { return lesions ? double(hits) / lesions : 0; }
  double chance() const { return lesions ? area / lesions : 0; }
};

// Notes one map; the mask (white inside) is fitted as the image was. Was it a hit? Nothing: no lesion, no mask.
std::optional<bool> note_pointing(Pointing& pointing, const std::filesystem::path& mask,
                                  const Preprocess& preprocess, const Peak& peak);

std::string describe(const Pointing& pointing);

nlohmann::json to_json(const Pointing& pointing);
Pointing pointing_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

}  // namespace graft
