// The list of available networks: each row names one and the function that makes its graph. A new network is one file
// and one row.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "models/graph.h"

namespace graft {

struct ModelConfig {
  std::string trunk = "vgg16";        // a name in models()
  int image_size = 224;               // pixels, 32 to 1024: five pools leave nothing of smaller ones
  std::string head = "flatten:1024";  // see parse_head()
  float dropout = 0;                  // rate after each hidden dense layer, or before the only dense layer
  int classes = 2;
};

struct ModelRow {
  std::string_view name;
  Graph (*make)(const ModelConfig& config);  // trunk and head
};
std::span<const ModelRow> models();

// Returns "vgg11, vgg13, ...", for messages and help.
std::string trunk_names();

// Makes the graph of a model. Throws a usage error for an unknown trunk or head, or an invalid size, dropout or number
// of classes.
Graph make_graph(const ModelConfig& config);

}  // namespace graft
