#include "engine/parameter.h"

namespace graft {

ParameterName parse_parameter_name(const std::string& name) {
  const size_t slash = name.rfind('/');
  require(slash != std::string::npos && slash > 0 && slash + 1 < name.size(),
          "parameter {} is not named layer/weight", name);
  return {name.substr(0, slash), name.substr(slash + 1)};
}

Parameter& ParameterArena::declare(std::string name, Shape shape) {
  for (const Parameter& p : parameters_) require(p.name != name, "parameter {} is declared twice", name);
  return parameters_.emplace_back(Parameter{.name = std::move(name), .shape = shape});
}

void ParameterArena::allocate(Device& device) {
  frozen_size_ = trainable_size_ = 0;
  for (const Parameter& p : parameters_) (p.trainable ? trainable_size_ : frozen_size_) += p.shape.size();
  require(frozen_size_ + trainable_size_ > 0, "a model without parameters");
  values_ = Tensor::zeros(device, {frozen_size_ + trainable_size_});
  grads_ = trainable_size_ ? Tensor::zeros(device, {trainable_size_}) : Tensor();
  int64_t frozen = 0, trainable = 0;
  for (Parameter& p : parameters_) {
    int64_t& at = p.trainable ? trainable : frozen;
    const Tensor before = p.value;
    p.value = values_.view(p.trainable ? frozen_size_ + at : at, p.shape);
    p.grad = p.trainable ? grads_.view(at, p.shape) : Tensor();
    p.accumulate_next = false;
    if (before.defined()) p.value.copy_from(before);
    at += p.shape.size();
  }
}

void ParameterArena::begin_step() {
  for (Parameter& p : parameters_) p.accumulate_next = false;
}

Parameter& ParameterArena::find(const std::string& name) {
  for (Parameter& p : parameters_)
    if (p.name == name) return p;
  fail(Fault::bug, "no parameter {}", name);
}

Tensor ParameterArena::trainable_values() const {
  return trainable_size_ ? values_.view(frozen_size_, {trainable_size_}) : Tensor();
}

}  // namespace graft
