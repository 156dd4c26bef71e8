// The networks that there are: rows of one visible list, each a function that makes a graph. A new network is a
// file and a row.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "models/graph.h"

namespace graft {

struct ModelConfig {
  std::string trunk = "vgg16";        // a name of models()
  int image_size = 224;               // 32 to 1024: smaller ones leave nothing after five pools
  std::string head = "flatten:1024";  // see parse_head
  float dropout = 0;                  // rate after each hidden dense layer; without any, before the last layer
  int classes = 2;
};

struct ModelRow {
  std::string_view name;
  Graph (*make)(const ModelConfig& config);  // trunk and head
};
std::span<const ModelRow> models();

// "vgg11, vgg13, ...", for messages and help.
std::string trunk_names();

// The graph of a model. Throws a usage error for an unknown trunk, head, size, dropout or number of classes.
Graph make_graph(const ModelConfig& config);

}  // namespace graft
