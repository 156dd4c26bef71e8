// The classification head of a model, given as a short text, and its layers.
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

// Parses "flatten[:width...]", "gap[:width...]" (at most 32 widths) or "imagenet". Throws a usage error.
//   flatten:1024   flatten, dense 1024 (as in the tutorial), then the classes
//   gap            global average pooling, then the classes
Head parse_head(std::string_view text);

// Appends the layers of config.head to layer `last` of a trunk, as block kHead: flatten or gap, hidden layers, and
// head_predictions with one output per class.
void add_head(Graph& graph, int last, const ModelConfig& config);

}  // namespace graft
