// Options by the name of a job.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "tools/options/option.h"

namespace graft {

// --preset tutorial: exactly what the Keras tutorial on transfer learning with VGG16 does. It sets every option
// that changes a number of the result, except --seed, since the tutorial has none.
TrainConfig preset_config();

// Those of the given flags whose options differ from the preset in `config`.
std::vector<std::string> departures(const TrainConfig& config, const std::set<std::string>& given);

}  // namespace graft
