#include "engine/tape.h"

#include <utility>

namespace graft {
namespace {

void add(const Tensor& x, const Tensor& y) { y.device().run(Add{.size = y.size(), .x = x.f32(), .y = y.f32()}); }

}  // namespace

bool Grads::wanted(int i) const { return inputs_[i] >= 0; }

void Grads::give(int i, const Tensor& gradient) {
  require(wanted(i), "a gradient that is not wanted");
  Tape::Node& node = tape_.nodes_[inputs_[i]];
  if (Parameter* p = node.parameter) {
    p->accumulate_next ? add(gradient, p->grad) : p->grad.copy_from(gradient);
    p->accumulate_next = true;
  } else if (node.grad.defined()) {
    add(gradient, node.grad);
  } else {
    node.grad = gradient;
  }
}

Grads::Slot Grads::parameter(int i) {
  require(wanted(i) && tape_.nodes_[inputs_[i]].parameter, "input {} of an op is not a trainable parameter", i);
  Parameter& p = *tape_.nodes_[inputs_[i]].parameter;
  return {p.grad, std::exchange(p.accumulate_next, true)};
}

Var Tape::leaf(Parameter& parameter) {
  if (!parameter.trainable || recording_ == Recording::off) return {parameter.value};
  nodes_.push_back({.parameter = &parameter});
  return {parameter.value, size() - 1};
}

Var Tape::record(Tensor value, std::initializer_list<Var> inputs, Backward backward) {
  bool reachable = false;
  for (const Var& v : inputs) reachable = reachable || v.tracked();
  if (!reachable) return {std::move(value)};
  Node node{.backward = std::move(backward)};
  for (const Var& v : inputs) node.inputs.push_back(v.node);
  nodes_.push_back(std::move(node));
  return {std::move(value), size() - 1};
}

void Tape::backward(const Var& root, Tensor seed) {
  require(root.tracked(), "backward: nothing trainable can reach the loss");
  if (seed.defined())
    require(seed.shape() == root.value.shape(), "backward: a seed of {} for a root of {}", seed.shape(),
            root.value.shape());
  nodes_[root.node].grad = std::move(seed);
  for (int i = root.node; i >= 0; --i) {
    Node node = std::move(nodes_[i]);  // its captures are freed as soon as it has run
    if (!node.backward || (i != root.node && !node.grad.defined())) continue;
    Grads grads(*this, node.inputs);
    node.backward(std::move(node.grad), grads);
  }
  nodes_.clear();
}

}  // namespace graft
