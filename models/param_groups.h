// Learning rates of parts of a model.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/optimizer.h"
#include "models/model.h"

namespace graft {

// The factor of a block ("block5"), of a layer ("block5_conv2") or of the head ("head").
struct LayerRate {
  std::string part;
  float factor = 1;
};

// "block5=0.1,head=1"; "" is none. Throws Error (usage).
std::vector<LayerRate> parse_layer_rates(std::string_view text);
std::string to_string(const std::vector<LayerRate>& rates);  // parse_layer_rates() gives it back

// The trained layers as groups of one rate each. The trunk's began to train after `first_step` steps. Throws Error
// (usage) for a part that does not train.
std::vector<ParamGroup> param_groups(const Model& model, const std::vector<LayerRate>& rates, int64_t first_step);

}  // namespace graft
