// A network with values: the graph of a ModelConfig, its parameters on a device, which of them are trainable, and the
// forward pass.
#pragma once
#include "engine/ops.h"
#include "models/models.h"
#include "models/trainable.h"

namespace graft {

// Training or inference, and the dropout masks.
struct ForwardMode {
  bool training = false;  // dropout is active
  uint64_t seed = 0;      // dropout masks are a function of seed and step
  uint64_t step = 0;
};

class Model {
 public:
  // Throws a usage error for an unknown trunk, head or size.
  explicit Model(const ModelConfig& config) : Model(config, make_graph(config)) {}
  // `graph` must end with layers of block kHead. Throws Error (bug) for a layer without kernels.
  Model(const ModelConfig& config, Graph graph);

  // Marks the trainable parameters, which always include the head. Throws a usage error for a block or layer that
  // the model does not have. The next allocate() adjusts the gradients' memory.
  void set_trainable(const TrainableFrom& from);

  // Allocates the parameters on the device, and the gradients of the trainable ones. Values are zero after the first
  // call and kept by later ones. Throws Error (resources) if memory is insufficient.
  void allocate(Device& device);

  // Runs layers [begin, end) on x [n, ...input_shape(begin)] and returns [n, ...input_shape(end)]. Throws Error
  // (bug) if the graph cannot be cut at `begin` and `end`.
  Var forward(Tape& tape, Var x, int begin, int end, const ForwardMode& mode = {}) const;
  Var forward(Tape& tape, Var x, const ForwardMode& mode = {}) const {
    return forward(tape, std::move(x), 0, depth(), mode);
  }

  // The first layer whose output changes during training. All layers before it are frozen; its input can be cached.
  int first_trained_layer() const;

  // One past flatten or gap, which turns the trunk's feature map into a vector: the last layer that a FrozenTrunk can
  // run, whatever is trainable.
  int trunk_end() const { return head_begin_ + 1; }

  int depth() const { return graph_.size(); }
  int find(std::string_view layer) const;  // index of a layer; throws a usage error that lists the layers
  Shape input_shape(int layer) const;      // per image; for depth(): shape of the model's output
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

// Returns a table of the layers: name, output shape, number of parameters, frozen or trained.
std::string summary(const Model& model);

}  // namespace graft
