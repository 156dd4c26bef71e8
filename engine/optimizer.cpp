#include "engine/optimizer.h"

namespace graft {
namespace {

Tensor zeros_like_trainable(const ParameterArena& parameters) {
  return Tensor::zeros(parameters.values().device(), {parameters.trainable_size()});
}

// x *= factor, in place.
void scale(const Tensor& x, double factor) {
  x.device().run(Scale{.size = x.size(), .factor = factor, .x = x.f32()});
}

float norm(const Tensor& x) {
  const Tensor result = Tensor::empty(x.device(), {1});
  x.device().run(L2Norm{.size = x.size(), .x = x.f32(), .norm = result.f32()});
  return result.to_host()[0];
}

}  // namespace

Optimizer::Optimizer(ParameterArena& parameters, StepOptions every) : parameters_(parameters), every_(every) {
  require(parameters.trainable_size() > 0, "an optimizer without a trainable parameter");
  groups_ = {{.begin = 0, .size = parameters.trainable_size()}};
}

void Optimizer::set_groups(std::vector<ParamGroup> groups) {
  int64_t end = 0;
  for (const ParamGroup& g : groups) {
    require(g.begin == end && g.size > 0, "a group of parameters from {} after {}", g.begin, end);
    end += g.size;
  }
  require(end == parameters_.trainable_size(), "groups of {} of {} parameters", end, parameters_.trainable_size());
  groups_ = std::move(groups);
}

void Optimizer::continue_from(const Optimizer& before) {
  steps_ = before.steps_;
  const auto from = before.state(), to = state();
  for (size_t i = 0; i < to.size(); ++i) {
    const Tensor &part = from[i].second, &whole = to[i].second;
    require(part.size() <= whole.size(), "an optimizer of fewer parameters continues");
    whole.view(whole.size() - part.size(), {part.size()}).copy_from(part);
  }
}

// PyTorch's clip_grad_norm_.
void Optimizer::clip() {
  const double share = double(every_.clip_norm) / (double(norm(parameters_.grads())) + 1e-6);
  if (share < 1) scale(parameters_.grads(), share);
}

void Optimizer::step(float learning_rate) {
  ++steps_;
  if (every_.clip_norm > 0) clip();
  for (const ParamGroup& g : groups_) {
    const float rate = learning_rate * g.lr_scale;
    if (every_.weight_decay > 0)
      scale(parameters_.trainable_values().view(g.begin, {g.size}), 1 - double(rate) * double(every_.weight_decay));
    update(g, rate, steps_ - g.first_step);
  }
}

AdamOptimizer::AdamOptimizer(ParameterArena& parameters, AdamOptions options)
    : Optimizer(parameters, options.every),
      options_(options),
      m_(zeros_like_trainable(parameters)),
      v_(zeros_like_trainable(parameters)) {}

void AdamOptimizer::update(const ParamGroup& group, float learning_rate, int64_t step) {
  const Tensor w = parameters_.trainable_values();
  w.device().run(Adam{.size = group.size,
                      .w = w.f32() + group.begin,
                      .m = m_.f32() + group.begin,
                      .v = v_.f32() + group.begin,
                      .g = parameters_.grads().f32() + group.begin,
                      .lr = learning_rate,
                      .beta1 = options_.beta1,
                      .beta2 = options_.beta2,
                      .eps = options_.eps,
                      .decay = options_.decay,
                      .t = step,
                      .form = options_.form});
}

SgdOptimizer::SgdOptimizer(ParameterArena& parameters, SgdOptions options)
    : Optimizer(parameters, options.every), options_(options), velocity_(zeros_like_trainable(parameters)) {}

void SgdOptimizer::update(const ParamGroup& group, float learning_rate, int64_t) {
  const Tensor w = parameters_.trainable_values();
  w.device().run(Sgd{.size = group.size,
                     .w = w.f32() + group.begin,
                     .velocity = velocity_.f32() + group.begin,
                     .g = parameters_.grads().f32() + group.begin,
                     .lr = learning_rate,
                     .momentum = options_.momentum,
                     .decay = options_.decay});
}

}  // namespace graft
