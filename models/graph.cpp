#include "models/graph.h"

#include <algorithm>

namespace graft {
namespace {

// Output size along one side of an image, as in Conv2dShape.
int64_t outputs(const Node& node, int64_t size, int taps) {
  const int64_t padded = size + 2 * int64_t{node.window.pad};
  require(taps > 0 && node.window.stride > 0 && node.window.pad >= 0, "layer {}: window {}x{}, stride {}, pad {}",
          node.name, node.window.r, node.window.s, node.window.stride, node.window.pad);
  require(padded >= taps, "layer {}: its window of {} is larger than its padded input of {}", node.name, taps,
          padded);
  return (padded - taps) / node.window.stride + 1;
}

}  // namespace

const char* name(Op op) {
  switch (op) {
    case Op::conv2d:
      return "conv2d";
    case Op::maxpool:
      return "maxpool";
    case Op::flatten:
      return "flatten";
    case Op::global_avgpool:
      return "global_avgpool";
    case Op::dense:
      return "dense";
    case Op::dropout:
      return "dropout";
    case Op::add:
      return "add";
  }
  return "?";
}

int64_t Node::parameter_count() const {
  int64_t count = 0;
  for (const Parameter* p : parameters) count += p->shape.size();
  return count;
}

Graph::Graph(const Shape& input) : input_(input), last_reader_(1, -1) {
  require(input.rank() == 3, "the input of a graph is {}, not h,w,c", input.str());
}

int Graph::add(Node node) {
  require(std::none_of(nodes_.begin(), nodes_.end(), [&](const Node& other) { return other.name == node.name; }),
          "there are two layers {}", node.name);
  require(node.inputs.size() == (node.op == Op::add ? 2 : 1), "layer {} ({}) has {} inputs", node.name,
          name(node.op), node.inputs.size());
  for (const int input : node.inputs)
    require(kGraphInput <= input && input < size(), "layer {} reads layer {}, which does not come before it",
            node.name, input);
  node.in = shape(node.inputs[0]);
  infer(node);
  for (const int input : node.inputs) last_reader_[size_t(input + 1)] = size();
  nodes_.push_back(std::move(node));
  last_reader_.push_back(-1);
  return size() - 1;
}

void Graph::infer(Node& node) {
  const Shape& in = node.in;
  const auto needs_rank = [&](int rank) {
    require(in.rank() == rank, "layer {} ({}) cannot have an input of {}", node.name, name(node.op), in.str());
  };
  const auto declare = [&](const Shape& kernel) {
    node.parameters = {&parameters_.declare(node.name + "/kernel", kernel),
                       &parameters_.declare(node.name + "/bias", {node.units})};
  };
  const SlidingWindow& window = node.window;
  switch (node.op) {
    case Op::conv2d:
      needs_rank(3);
      node.out = {outputs(node, in[0], window.r), outputs(node, in[1], window.s), node.units};
      return declare({window.r, window.s, in[2], node.units});
    case Op::maxpool:
      needs_rank(3);
      node.out = {outputs(node, in[0], window.r), outputs(node, in[1], window.s), in[2]};
      return;
    case Op::flatten:
      node.out = {in.size()};
      return;
    case Op::global_avgpool:
      needs_rank(3);
      node.out = {in[2]};
      return;
    case Op::dense:
      needs_rank(1);
      node.out = {node.units};
      return declare({in[0], node.units});
    case Op::dropout:
      node.out = in;
      return;
    case Op::add:
      require(shape(node.inputs[1]) == in, "layer {} adds {} and {}", node.name, in.str(),
              shape(node.inputs[1]).str());
      node.out = in;
      return;
  }
}

void Graph::check_one_output() const {
  require(!nodes_.empty(), "a graph without layers");
  for (int i = 0; i + 1 < size(); ++i)
    require(last_reader(i) >= 0, "layer {} is read by no other, and is not the last", nodes_[size_t(i)].name);
}

const Shape& Graph::shape(int value) const {
  return value == kGraphInput ? input_ : nodes_.at(static_cast<size_t>(value)).out;
}

bool Graph::is_cut(int layer) const {
  for (int value = kGraphInput; value < layer - 1; ++value)
    if (last_reader(value) >= layer) return false;
  return true;
}

}  // namespace graft
