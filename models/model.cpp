#include "models/model.h"

#include <algorithm>

#include "engine/base/rng.h"
#include "models/lower.h"

namespace graft {

Model::Model(const ModelConfig& config, Graph graph) : config_(config), graph_(std::move(graph)) {
  graph_.check_one_output();
  while (head_begin_ < depth() && layers()[size_t(head_begin_)].block != kHead) ++head_begin_;
  for (int i = 0; i < depth(); ++i) {
    const Node& node = layers()[size_t(i)];
    lower(node, 1);
    require((node.block == kHead) == (i >= head_begin_), "layer {} of block '{}' is after the head", node.name,
            node.block);
  }
  require(head_begin_ < depth() && graph_.is_cut(head_begin_), "{} has no head of its own", config.trunk);
}

void Model::set_trainable(const TrainableFrom& from) {
  int first = head_begin_;
  if (from.kind == TrainableFrom::Kind::all) first = 0;
  if (from.kind == TrainableFrom::Kind::name) {
    const auto of_block = [&](const Node& node) { return node.block == from.name; };
    const auto at = std::find_if(layers().begin(), layers().end(), of_block);
    first = std::min(at != layers().end() ? int(at - layers().begin()) : find(from.name), head_begin_);
  }
  for (int i = 0; i < depth(); ++i)
    for (Parameter* p : layers()[size_t(i)].parameters) p->trainable = i >= first;
}

void Model::allocate(Device& device) { parameters().allocate(device); }

Var Model::forward(Tape& tape, Var x, int begin, int end, const ForwardMode& mode) const {
  require(graph_.is_cut(begin) && graph_.is_cut(end),
          "layers [{}, {}) of {} cannot be run alone: later layers read more than one value", begin, end,
          config_.trunk);
  if (begin == end) return x;
  std::vector<Var> values(static_cast<size_t>(end - begin + 1));  // x and the output of each layer
  const auto value_of = [&](int value) -> Var& { return values[size_t(value - begin + 1)]; };
  value_of(begin - 1) = std::move(x);
  for (int i = begin; i < end; ++i) {
    std::vector<Var> inputs;
    for (const int input : layers()[size_t(i)].inputs) inputs.push_back(value_of(input));
    value_of(i) = run(tape, i, inputs, mode);
    // Frees an output after its last reader, unless the tape holds it.
    for (const int input : layers()[size_t(i)].inputs)
      if (graph_.last_reader(input) == i) value_of(input) = {};
  }
  return value_of(end - 1);
}

Var Model::run(Tape& tape, int layer, const std::vector<Var>& inputs, const ForwardMode& mode) const {
  const Node& node = layers()[size_t(layer)];
  const Var& x = inputs[0];
  switch (node.op) {
    case Op::conv2d:
      return conv2d(tape, x, tape.leaf(node.kernel()), tape.leaf(node.bias()),
                    conv2d_shape(lower(node, x.value.shape()[0])), node.relu);
    case Op::maxpool:
      return maxpool(tape, x);
    case Op::flatten:
      return flatten(tape, x);
    case Op::global_avgpool:
      return global_avgpool(tape, x);
    case Op::dense:
      return linear(tape, x, tape.leaf(node.kernel()), tape.leaf(node.bias()), node.relu);
    case Op::dropout:
      if (!mode.training) return x;
      return dropout(tape, x, node.rate, mode.seed, stream_id(Purpose::dropout, mode.step, uint64_t(layer)));
    case Op::add:
      break;
  }
  fail(Fault::bug, "layer {}: {} is not differentiable here", node.name, name(node.op));
}

int Model::first_trained_layer() const {
  for (int i = 0; i < depth(); ++i)
    if (layers()[size_t(i)].trained() || layers()[size_t(i)].op == Op::dropout) return i;
  return depth();
}

int Model::find(std::string_view layer) const {
  std::string names;
  for (int i = 0; i < depth(); ++i) {
    if (layers()[size_t(i)].name == layer) return i;
    names += " " + layers()[size_t(i)].name;
  }
  fail(Fault::usage, "{} has no layer '{}'; its layers are:{}", config_.trunk, layer, names);
}

Shape Model::input_shape(int layer) const { return graph_.shape(layer - 1); }

std::vector<Parameter*> Model::parameters_of(int begin, int end) const {
  std::vector<Parameter*> found;
  for (int i = begin; i < end; ++i)
    for (Parameter* p : layers()[size_t(i)].parameters) found.push_back(p);
  return found;
}

std::string summary(const Model& model) {
  std::string table = fmt::format("{:<18} {:<14} {:>12}  {}\n", "layer", "output", "parameters", "");
  int64_t frozen = 0, trained = 0;
  for (const Node& l : model.layers()) {
    const int64_t count = l.parameter_count();
    (l.trained() ? trained : frozen) += count;
    table += fmt::format("{:<18} {:<14} {:>12}  {}\n", l.name, l.out.str(), count ? fmt::format("{}", count) : "-",
                         !count        ? ""
                         : l.trained() ? "trained"
                                       : "frozen");
  }
  return table + fmt::format("{} parameters: {} frozen, {} trained\n", frozen + trained, frozen, trained);
}

}  // namespace graft
