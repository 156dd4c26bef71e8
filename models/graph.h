// A network as a graph of layers: each layer's op, inputs, parameters and output shape. A family of networks is a
// function that returns a Graph (models/vgg.h). models/lower.h turns a layer into kernel arguments; the values of
// the parameters belong to a Model (models/model.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/parameter.h"

namespace graft {

// A graph may contain ops without kernels, for planning and tests: lower() refuses them.
enum class Op { conv2d, maxpool, flatten, global_avgpool, dense, dropout, add };
const char* name(Op op);

// The window of a convolution or pool, in pixels.
struct SlidingWindow {
  int r = 1, s = 1;  // rows, columns
  int stride = 1;
  int pad = 0;  // zeros on all four sides
};

constexpr int kGraphInput = -1;             // in Node::inputs: the input image
constexpr std::string_view kHead = "head";  // Node::block of the layers after the trunk

struct Node {
  Op op;
  std::string name;           // as in Keras: "block1_conv1"
  std::string block;          // part of the network: "block1" ... "block5", kHead
  std::vector<int> inputs;    // indices of earlier nodes, or kGraphInput; two for add, else one
  int units = 0;              // conv2d: filters; dense: outputs
  SlidingWindow window = {};  // conv2d, maxpool
  bool relu = false;          // conv2d, dense, add: applied to the output
  float rate = 0;             // dropout: [0, 1)

  // Set by Graph::add().
  Shape in = {}, out = {};                  // per image: [h,w,c] or [features]; `in`: of the first input
  std::vector<Parameter*> parameters = {};  // conv2d: [r,s,c,k], [k]; dense: [in,out], [out]; else none

  Parameter& kernel() const { return *parameters.at(0); }
  Parameter& bias() const { return *parameters.at(1); }
  bool trained() const { return !parameters.empty() && kernel().trainable; }
  int64_t parameter_count() const;  // elements
};

// Nodes in topological order; the last one is the output. Owns the parameters, declared but not allocated.
class Graph {
 public:
  explicit Graph(const Shape& input);  // one image: [h,w,c]
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  // Appends a layer, infers its shapes, declares its parameters ("name/kernel", "name/bias") and returns its index.
  // Throws Error (bug) if the name is taken, an input does not come before it, or shapes do not match.
  int add(Node node);

  // Throws Error (bug) unless the last node is the only one that no other node reads.
  void check_one_output() const;

  const std::vector<Node>& nodes() const { return nodes_; }
  int size() const { return static_cast<int>(nodes_.size()); }
  const Shape& shape(int value) const;  // per image: the output of node `value`, or the input for kGraphInput
  // The last node that reads the output of node `value`, or the input for kGraphInput; -1 if none does.
  int last_reader(int value) const { return last_reader_[size_t(value + 1)]; }

  // Whether the graph can be run in two parts, [0, layer) and [layer, size): of the first part, the second reads
  // only the output of node layer - 1.
  bool is_cut(int layer) const;

  ParameterArena& parameters() { return parameters_; }

 private:
  void infer(Node& node);

  Shape input_;
  std::vector<Node> nodes_;
  std::vector<int> last_reader_;  // by value + 1
  ParameterArena parameters_;
};

}  // namespace graft
