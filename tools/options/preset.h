// Named presets of options.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "tools/options/option.h"

namespace graft {

// --preset tutorial: exactly the Keras tutorial on transfer learning with VGG16. Sets every option that affects
// the result, except --seed, since the tutorial has none.
TrainConfig preset_config();

// The given flags whose options differ from the preset in `config`.
std::vector<std::string> departures(const TrainConfig& config, const std::set<std::string>& given);

}  // namespace graft
