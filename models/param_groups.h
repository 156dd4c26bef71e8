// Per-block and per-layer learning rates.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/optimizer.h"
#include "models/model.h"

namespace graft {

// The learning rate factor of a block ("block5"), a layer ("block5_conv2") or the head ("head").
struct LayerRate {
  std::string part;
  float factor = 1;
};

// Parses "block5=0.1,head=1"; "" is an empty list. Throws Error (usage).
std::vector<LayerRate> parse_layer_rates(std::string_view text);
std::string to_string(const std::vector<LayerRate>& rates);  // the inverse of parse_layer_rates()

// Groups the trainable parameters by learning rate; where several rates match a layer, the last one applies.
// first_step: the step at which the trunk starts training. Throws Error (usage) for a part that is not trainable.
std::vector<ParamGroup> param_groups(const Model& model, const std::vector<LayerRate>& rates, int64_t first_step);

}  // namespace graft
