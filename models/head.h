// The heads that a trunk can carry, as a short text: what a model ends with.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "models/models.h"

namespace graft {

struct Head {
  bool global_avgpool = false;  // else flatten
  std::vector<int> hidden;      // widths of the hidden dense layers, ReLU after each
  bool imagenet = false;        // the original top: flatten, fc1 4096, fc2 4096
};

// "flatten[:width...]", "gap[:width...]" (at most 32 widths) or "imagenet"; throws a usage error.
//   flatten:1024   flatten, dense 1024 (the tutorial's)
//   gap            mean over the image, then the classes
Head parse_head(std::string_view text);

// Adds the layers of config.head after layer `last` of a trunk, as the block kHead: flatten or gap, hidden layers,
// and head_predictions with an output for each class.
void add_head(Graph& graph, int last, const ModelConfig& config);

}  // namespace graft
