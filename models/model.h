// A network with values: the graph that a ModelConfig names, its parameters on a device, which of them train, and
// the forward pass.
#pragma once
#include "engine/ops.h"
#include "models/models.h"
#include "models/trainable.h"

namespace graft {

// What runs between the input of a forward pass and its output, and how.
struct ForwardMode {
  bool training = false;  // dropout is active
  uint64_t seed = 0;      // dropout masks are a function of seed and step
  uint64_t step = 0;
};

class Model {
 public:
  // Throws a usage error for an unknown trunk, head or size.
  explicit Model(const ModelConfig& config) : Model(config, make_graph(config)) {}
  // `graph` has layers of the block kHead at its end. Throws Error (bug) for a layer that no kernel computes.
  Model(const ModelConfig& config, Graph graph);

  // Marks what trains, the head always among it. Throws a usage error for a block or layer that the model does not
  // have. Takes effect on memory with the next allocate().
  void set_trainable(const TrainableFrom& from);

  // Allocates the parameters on the device, and gradients of those that train. Values are zero the first time, and
  // stay as they were later. Throws Error (resources) if they do not fit.
  void allocate(Device& device);

  // Runs layers [begin, end) on x [n, ...input_shape(begin)] and returns [n, ...input_shape(end)]. Throws Error
  // (bug) where the graph cannot be cut.
  Var forward(Tape& tape, Var x, int begin, int end, const ForwardMode& mode = {}) const;
  Var forward(Tape& tape, Var x, const ForwardMode& mode = {}) const {
    return forward(tape, std::move(x), 0, depth(), mode);
  }

  // The first layer whose output changes during training: all before it is frozen, and its input is worth keeping.
  int first_trained_layer() const;

  // One after the layer that makes a vector of the trunk's output (flatten or gap), whatever trains: the end of
  // what a FrozenTrunk can run.
  int trunk_end() const { return head_begin_ + 1; }

  int depth() const { return graph_.size(); }
  int find(std::string_view layer) const;  // index; throws a usage error that lists the layers
  Shape input_shape(int layer) const;      // of one image, before that layer; for depth(): of the output
  const ModelConfig& config() const { return config_; }
  const Graph& graph() const { return graph_; }
  const std::vector<Node>& layers() const { return graph_.nodes(); }
  ParameterArena& parameters() { return graph_.parameters(); }
  std::vector<Parameter*> trunk_parameters() const { return parameters_of(0, head_begin_); }
  std::vector<Parameter*> head_parameters() const { return parameters_of(head_begin_, depth()); }

 private:
  std::vector<Parameter*> parameters_of(int begin, int end) const;
  Var run(Tape& tape, int layer, const std::vector<Var>& inputs, const ForwardMode& mode) const;

  ModelConfig config_;
  Graph graph_;
  int head_begin_ = 0;
};

// A table of the layers: name, output shape, parameters, frozen or trained.
std::string summary(const Model& model);

}  // namespace graft
