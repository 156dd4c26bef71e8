#include "models/vgg.h"

#include "engine/base/rng.h"
#include "models/head.h"

namespace graft {
namespace {

struct Block {
  int convs, filters;
};
struct Trunk {
  const char* name;
  Block blocks[5];
};

// Table 1 of the paper, columns A, B, D and E; the last row is ours.
constexpr Trunk kTrunks[] = {
    {"vgg11", {{1, 64}, {1, 128}, {2, 256}, {2, 512}, {2, 512}}},
    {"vgg13", {{2, 64}, {2, 128}, {2, 256}, {2, 512}, {2, 512}}},
    {"vgg16", {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}},
    {"vgg19", {{2, 64}, {2, 128}, {4, 256}, {4, 512}, {4, 512}}},
    {"vgg-tiny", {{1, 8}, {1, 8}, {1, 16}, {1, 16}, {2, 32}}},
};

const Trunk& find_trunk(std::string_view name) {
  for (const Trunk& t : kTrunks)
    if (name == t.name) return t;
  fail(Fault::usage, "no model '{}'; there are: {}", name, trunk_names());
}

}  // namespace

std::string trunk_names() {
  std::string names;
  for (const Trunk& t : kTrunks) names += (names.empty() ? "" : ", ") + std::string(t.name);
  return names;
}

Vgg::Vgg(const VggConfig& config) : config_(config) {
  if (config.image_size < 32 || config.image_size > 1024)
    fail(Fault::usage, "image size {}: it must be from 32 to 1024", config.image_size);
  if (config.classes < 2) fail(Fault::usage, "{} classes: a classifier needs at least 2", config.classes);
  if (!(config.dropout >= 0 && config.dropout < 1))
    fail(Fault::usage, "dropout {}: it must be at least 0 and below 1", config.dropout);
  add_trunk();
  trunk_depth_ = depth();
  add_head();
}

void Vgg::add_trunk() {
  const Trunk& trunk = find_trunk(config_.trunk);
  int block = 0;
  for (const Block& b : trunk.blocks) {
    ++block;
    for (int i = 1; i <= b.convs; ++i)
      add({LayerKind::conv, fmt::format("block{}_conv{}", block, i), b.filters, true});
    add({LayerKind::pool, fmt::format("block{}_pool", block)});
  }
}

void Vgg::add_head() {
  const Head head = parse_head(config_.head);
  add(head.global_avgpool ? Layer{LayerKind::global_avgpool, "gap"} : Layer{LayerKind::flatten, "flatten"});
  const bool dropout = config_.dropout > 0;
  if (dropout && head.hidden.empty()) add({LayerKind::dropout, "dropout1"});
  int number = 0;
  for (int width : head.hidden) {
    ++number;
    // Names other than Keras' fc1 and predictions, so that ImageNet's top is never taken for a new head.
    const std::string name = head.imagenet ? fmt::format("fc{}", number)
                                           : "head_dense" + (number > 1 ? std::to_string(number) : std::string());
    add({LayerKind::dense, name, width, true});
    if (dropout) add({LayerKind::dropout, fmt::format("dropout{}", number)});
  }
  add({LayerKind::dense, "head_predictions", config_.classes});
}

void Vgg::add(Layer layer) {
  const Shape in = input_shape(depth());
  switch (layer.kind) {
    case LayerKind::conv:
      layer.kernel = &parameters_.declare(layer.name + "/kernel", {3, 3, in[2], layer.units});
      layer.out = {in[0], in[1], layer.units};
      break;
    case LayerKind::pool:
      layer.out = {in[0] / 2, in[1] / 2, in[2]};
      break;
    case LayerKind::flatten:
      layer.out = {in.size()};
      break;
    case LayerKind::global_avgpool:
      layer.out = {in[2]};
      break;
    case LayerKind::dense:
      layer.kernel = &parameters_.declare(layer.name + "/kernel", {in[0], layer.units});
      layer.out = {layer.units};
      break;
    case LayerKind::dropout:
      layer.out = in;
      break;
  }
  if (layer.kernel) layer.bias = &parameters_.declare(layer.name + "/bias", {layer.units});
  layers_.push_back(std::move(layer));
}

void Vgg::unfreeze(std::string_view what, Device& device) {
  if (what.starts_with("from=")) what.remove_prefix(5);
  int first = trunk_depth_;
  if (what == "all")
    first = 0;
  else if (what.starts_with("block") && what.find('_') == what.npos)
    first = find(std::string(what) + "_conv1");
  else if (what != "none")
    first = find(what);
  for (int i = 0; i < depth(); ++i)
    if (layers_[i].kernel)
      layers_[i].kernel->trainable = layers_[i].bias->trainable = i >= std::min(first, trunk_depth_);
  parameters_.allocate(device);
}

Var Vgg::forward(Tape& tape, Var x, int begin, int end, const ForwardMode& mode) const {
  for (int i = begin; i < end; ++i) {
    const Layer& l = layers_[i];
    switch (l.kind) {
      case LayerKind::conv:
        x = conv2d(tape, x, tape.leaf(*l.kernel), tape.leaf(*l.bias), l.relu);
        break;
      case LayerKind::pool:
        x = maxpool(tape, x);
        break;
      case LayerKind::flatten:
        x = flatten(tape, x);
        break;
      case LayerKind::global_avgpool:
        x = global_avgpool(tape, x);
        break;
      case LayerKind::dense:
        x = linear(tape, x, tape.leaf(*l.kernel), tape.leaf(*l.bias), l.relu);
        break;
      case LayerKind::dropout:
        if (mode.training)
          x = dropout(tape, x, config_.dropout, mode.seed, stream_id(Purpose::dropout, mode.step, uint64_t(i)));
        break;
    }
  }
  return x;
}

int Vgg::frozen_depth() const {
  for (int i = 0; i < depth(); ++i)
    if (layers_[i].trained() || layers_[i].kind == LayerKind::dropout) return i;
  return depth();
}

int Vgg::find(std::string_view layer) const {
  std::string names;
  for (int i = 0; i < depth(); ++i) {
    if (layers_[i].name == layer) return i;
    names += " " + layers_[i].name;
  }
  fail(Fault::usage, "{} has no layer '{}'; its layers are:{}", config_.trunk, layer, names);
}

Shape Vgg::input_shape(int layer) const {
  return layer == 0 ? Shape{config_.image_size, config_.image_size, 3} : layers_[layer - 1].out;
}

std::vector<Parameter*> Vgg::trunk_parameters() {
  std::vector<Parameter*> wanted;
  for (int i = 0; i < trunk_depth_; ++i)
    if (layers_[i].kernel) wanted.insert(wanted.end(), {layers_[i].kernel, layers_[i].bias});
  return wanted;
}

std::vector<Parameter*> Vgg::head_parameters() {
  std::vector<Parameter*> wanted;
  for (int i = trunk_depth_; i < depth(); ++i)
    if (layers_[i].kernel) wanted.insert(wanted.end(), {layers_[i].kernel, layers_[i].bias});
  return wanted;
}

std::string summary(const Vgg& model) {
  std::string table = fmt::format("{:<18} {:<14} {:>12}  {}\n", "layer", "output", "parameters", "");
  int64_t frozen = 0, trained = 0;
  for (const Layer& l : model.layers()) {
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
