#include "models/interpret/gradcam.h"

#include <algorithm>

namespace graft {
namespace {

// Returns relu(sum_k mean(gradient[.,.,k]) * activation[.,.,k]) of one image; both are [positions,k].
std::vector<float> weigh(std::span<const float> activation, std::span<const float> gradient, size_t positions) {
  const size_t channels = activation.size() / positions;
  std::vector<double> weight(channels);
  for (size_t i = 0; i < gradient.size(); ++i) weight[i % channels] += gradient[i] / double(positions);
  std::vector<float> map(positions);
  for (size_t p = 0; p < positions; ++p) {
    double sum = 0;
    for (size_t k = 0; k < channels; ++k) sum += weight[k] * activation[p * channels + k];
    map[p] = float(std::max(sum, 0.0));
  }
  return map;
}

}  // namespace

int find_conv(const Model& model, std::string_view name) {
  std::string names;
  int last = 0;
  for (int i = 0; i < model.depth(); ++i) {
    const Node& layer = model.layers()[size_t(i)];
    if (layer.op != Op::conv2d) continue;
    if (layer.name == name) return i;
    names += " " + layer.name;
    last = i;
  }
  if (name.empty()) return last;
  fail(Fault::usage, "{} has no convolution '{}'; its convolutions are:{}", model.config().trunk, name, names);
}

Tensor class_score_gradient(const Model& model, const Tensor& activation, int layer, std::span<const int> classes) {
  // The tape records only what depends on a trainable parameter, so the activation becomes one.
  Parameter cut{.name = "activation",
                .shape = activation.shape(),
                .value = activation,
                .grad = Tensor::zeros(activation.device(), activation.shape())};
  Tape tape;
  const Var logits = model.forward(tape, tape.leaf(cut), layer + 1, model.depth());
  const int64_t n = logits.value.shape()[0], count = logits.value.shape()[1];
  require(int64_t(classes.size()) == n, "{} classes for {} images", classes.size(), n);
  std::vector<float> one_hot(size_t(n * count));
  for (int64_t i = 0; i < n; ++i) one_hot[size_t(i * count + classes[size_t(i)])] = 1;
  const Tensor seed = Tensor::from_host(activation.device(), {n, count}, std::span<const float>(one_hot));
  tape.backward(logits, seed);
  return cut.grad;
}

std::vector<ClassMap> grad_cam(const Model& model, const Tensor& x, int layer, std::span<const int> classes) {
  const Node& node = model.layers()[size_t(layer)];
  require(node.op == Op::conv2d, "Grad-CAM of {}", node.name);
  Tape tape(Tape::Recording::off);
  const Tensor activation = model.forward(tape, {x}, 0, layer + 1).value;
  const Var logits = model.forward(tape, {activation}, layer + 1, model.depth());
  const std::vector<float> probs = softmax(logits.value).to_host();
  const int64_t n = x.shape()[0], h = activation.shape()[1], w = activation.shape()[2];
  const size_t each = size_t(activation.size() / n), count = probs.size() / size_t(n);
  std::vector<ClassMap> maps(static_cast<size_t>(n));
  std::vector<int> shown;
  for (size_t i = 0; i < maps.size(); ++i) {
    maps[i].h = int(h), maps[i].w = int(w);
    maps[i].probs.assign(probs.begin() + int64_t(i * count), probs.begin() + int64_t((i + 1) * count));
    const auto largest = std::max_element(maps[i].probs.begin(), maps[i].probs.end()) - maps[i].probs.begin();
    maps[i].shown = classes[i] == kPredictedClass ? int(largest) : classes[i];
    shown.push_back(maps[i].shown);
  }
  const std::vector<float> values = activation.to_host(),
                           gradient = class_score_gradient(model, activation, layer, shown).to_host();
  for (size_t i = 0; i < maps.size(); ++i)
    maps[i].values = weigh(std::span(values).subspan(i * each, each), std::span(gradient).subspan(i * each, each),
                           size_t(h * w));
  return maps;
}

}  // namespace graft
