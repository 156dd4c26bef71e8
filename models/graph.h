// A network as a graph of layers: what each layer computes, from the outputs of which others, with which
// parameters, and the shape that comes out. A family of networks is a function that returns a Graph (models/vgg.h).
// models/lower.h turns a layer into arguments of kernels; values live in a Model (models/model.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/parameter.h"

namespace graft {

// A graph may contain what no kernel computes yet, to be planned and tested: lower() refuses it.
enum class Op { conv2d, maxpool, flatten, global_avgpool, dense, dropout, add };
const char* name(Op op);

// What a convolution or pool slides over its input, in pixels.
struct SlidingWindow {
  int r = 1, s = 1;  // rows, columns
  int stride = 1;
  int pad = 0;  // zeros on all four sides
};

constexpr int kGraphInput = -1;             // in Node::inputs: the image
constexpr std::string_view kHead = "head";  // the block of the layers after the trunk

struct Node {
  Op op;
  std::string name;           // as in Keras: "block1_conv1"
  std::string block;          // the part of the network that it belongs to: "block1" ... "block5", kHead
  std::vector<int> inputs;    // indices of earlier nodes, or kGraphInput; add has two, the others one
  int units = 0;              // conv2d: filters; dense: outputs
  SlidingWindow window = {};  // conv2d, maxpool
  bool relu = false;          // conv2d, dense, add: applied to the output
  float rate = 0;             // dropout: [0, 1)

  // Set by Graph::add().
  Shape in = {}, out = {};                  // of one image, h,w,c or features; `in`: of the first input
  std::vector<Parameter*> parameters = {};  // conv2d: [r,s,c,k], [k]; dense: [in,out], [out]; the others: none

  Parameter& kernel() const { return *parameters.at(0); }
  Parameter& bias() const { return *parameters.at(1); }
  bool trained() const { return !parameters.empty() && kernel().trainable; }
  int64_t parameter_count() const;  // elements
};

// Nodes in topological order, the last of which is the output. It owns the parameters, declared but not allocated.
class Graph {
 public:
  explicit Graph(const Shape& input);  // of one image: h,w,c
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  // Appends a layer: infers its shapes and declares its parameters ("name/kernel", "name/bias"). Returns its index.
  // Throws Error (bug) if its name is taken, an input does not come before it, or shapes do not fit.
  int add(Node node);

  // Throws Error (bug) unless the last node is the only one whose output no other reads.
  void check_one_output() const;

  const std::vector<Node>& nodes() const { return nodes_; }
  int size() const { return static_cast<int>(nodes_.size()); }
  const Shape& shape(int value) const;  // of one image: the output of a node, or the graph's input for kGraphInput
  // The last node that reads the output of node `value`, or the graph's input for kGraphInput; -1 if none does.
  int last_reader(int value) const { return last_reader_[size_t(value + 1)]; }

  // Whether nodes [layer, size) read nothing from before `layer` but the output of the node just before it, so that
  // the graph can be run in two parts.
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
