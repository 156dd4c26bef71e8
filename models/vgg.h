// VGG (Simonyan & Zisserman, arXiv:1409.1556) as a table of rows: a trunk of 3x3 convolutions in five blocks, each
// ended by a 2x2 max pool, and a head. Layer names are Keras' (block1_conv1 ... predictions), so that its weights
// match by name.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/ops.h"

namespace graft {

enum class LayerKind { conv, pool, flatten, global_avgpool, dense, dropout };

struct Layer {
  LayerKind kind;
  std::string name;
  int units = 0;      // filters or outputs
  bool relu = false;  // conv and hidden dense layers
  Shape out = {};     // of one image: h,w,c or features
  Parameter *kernel = nullptr, *bias = nullptr;
  bool trained() const { return kernel && kernel->trainable; }
  int64_t parameter_count() const { return kernel ? kernel->shape.size() + bias->shape.size() : 0; }
};

struct VggConfig {
  std::string trunk = "vgg16";        // vgg11, vgg13, vgg16, vgg19; vgg-tiny for tests and teaching
  int image_size = 224;               // at least 32, so that five pools leave something
  std::string head = "flatten:1024";  // see parse_head
  float dropout = 0;                  // rate behind each hidden dense layer; without any, before the last layer
  int classes = 2;
};

// What runs between the input of a forward pass and its output, and how.
struct ForwardMode {
  bool training = false;  // dropout is active
  uint64_t seed = 0;      // dropout masks are a function of seed and step
  uint64_t step = 0;
};

class Vgg {
 public:
  // Declares the layers and parameters; throws a usage error for an unknown trunk, head or size.
  explicit Vgg(const VggConfig& config);

  // Marks what trains: "none" (the head only), "all", "block4" (that block and all above it), or the name of a
  // layer, with "from=" before it or not (it and all above it). The head always trains. Then allocates the
  // parameters on the device; their values stay as they were.
  void unfreeze(std::string_view what, Device& device);

  // Runs layers [begin, end) on x [n, ...shape before layer begin].
  Var forward(Tape& tape, Var x, int begin, int end, const ForwardMode& mode = {}) const;
  Var forward(Tape& tape, Var x, const ForwardMode& mode = {}) const { return forward(tape, x, 0, depth(), mode); }

  // The first layer whose output changes during training: all before it is frozen, and its input is worth keeping.
  int frozen_depth() const;

  // The first layer behind convolutions, pools, and what makes a vector of them (flatten or gap).
  int trunk_end() const { return trunk_depth_ + 1; }

  int depth() const { return static_cast<int>(layers_.size()); }
  int find(std::string_view layer) const;  // index; throws a usage error that lists the layers
  Shape input_shape(int layer) const;      // of one image, before that layer
  const VggConfig& config() const { return config_; }
  const std::vector<Layer>& layers() const { return layers_; }
  ParameterArena& parameters() { return parameters_; }
  std::vector<Parameter*> trunk_parameters();
  std::vector<Parameter*> head_parameters();

 private:
  void add_trunk();
  void add_head();
  void add(Layer layer);

  VggConfig config_;
  std::vector<Layer> layers_;
  int trunk_depth_ = 0;
  ParameterArena parameters_;
};

// "vgg11, vgg13, ...", for messages and help.
std::string trunk_names();

// A table of the layers: name, output shape, parameters, frozen or trained.
std::string summary(const Vgg& model);

}  // namespace graft
