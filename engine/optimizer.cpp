#include "engine/optimizer.h"

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

constexpr int64_t kChunk = int64_t{1} << 20;  // elements; stays in a cache

Tensor zeros_like_trainable(const ParameterArena& parameters) {
  return Tensor::zeros(parameters.values().device(), {parameters.trainable_size()});
}

// In double, in one order: the same for any number of threads.
double norm(const Tensor& x) {
  double sum = 0;
  for (int64_t at = 0; at < x.size(); at += kChunk) {
    const std::vector<float> part = x.view(at, {std::min(kChunk, x.size() - at)}).to_host();
    double lanes[8] = {};
    size_t i = 0;
    for (; i + 8 <= part.size(); i += 8)
      for (size_t l = 0; l < 8; ++l) lanes[l] += double(part[i + l]) * part[i + l];
    for (; i < part.size(); ++i) lanes[0] += double(part[i]) * part[i];
    for (const double lane : lanes) sum += lane;
  }
  return std::sqrt(sum);
}

}  // namespace

Optimizer::Optimizer(ParameterArena& parameters, StepOptions every) : parameters_(parameters), every_(every) {
  require(parameters.trainable_size() > 0, "an optimizer without a trainable parameter");
  groups_ = {{.begin = 0, .size = parameters.trainable_size()}};
}

void Optimizer::set_groups(std::vector<LearningGroup> groups) {
  int64_t end = 0;
  for (const LearningGroup& g : groups) {
    require(g.begin == end && g.size > 0, "a group of parameters from {} behind {}", g.begin, end);
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

Tensor Optimizer::zeros() {
  if (!zeros_.defined()) zeros_ = Tensor::zeros(parameters_.values().device(), {2 * kChunk});
  return zeros_;
}

// w -= share * w: what SGD does with its L2 term alone. Not w *= 1 - share, which a small share would vanish in.
void Optimizer::shrink(const Tensor& range, float share) {
  for (int64_t at = 0; at < range.size(); at += kChunk) {
    const int64_t size = std::min(kChunk, range.size() - at);
    range.device().run(Sgd{.size = size,
                           .w = range.view(at, {size}).f32(),
                           .velocity = nullptr,
                           .g = zeros().f32(),
                           .lr = share,
                           .momentum = 0,
                           .decay = 1});
  }
}

// x *= factor: what SGD makes of a velocity when there is no gradient; at a rate of zero nothing moves.
void Optimizer::scale(const Tensor& x, float factor) {
  for (int64_t at = 0; at < x.size(); at += kChunk) {
    const int64_t size = std::min(kChunk, x.size() - at);
    x.device().run(Sgd{.size = size,
                       .w = zeros().f32() + kChunk,
                       .velocity = x.view(at, {size}).f32(),
                       .g = zeros().f32(),
                       .lr = 0,
                       .momentum = factor,
                       .decay = 0});
  }
}

// PyTorch's clip_grad_norm_.
void Optimizer::clip() {
  const double share = double(every_.clip_norm) / (norm(parameters_.grads()) + 1e-6);
  if (share < 1) scale(parameters_.grads(), float(share));
}

void Optimizer::step(float learning_rate) {
  ++steps_;
  if (every_.clip_norm > 0) clip();
  for (const LearningGroup& g : groups_) {
    const float rate = learning_rate * g.rate;
    if (every_.weight_decay > 0)
      shrink(parameters_.trainable_values().view(g.begin, {g.size}), rate * every_.weight_decay);
    update(g, rate, steps_ - g.born);
  }
}

AdamOptimizer::AdamOptimizer(ParameterArena& parameters, AdamOptions options)
    : Optimizer(parameters, options.every),
      options_(options),
      m_(zeros_like_trainable(parameters)),
      v_(zeros_like_trainable(parameters)) {}

void AdamOptimizer::update(const LearningGroup& group, float learning_rate, int64_t step) {
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

void SgdOptimizer::update(const LearningGroup& group, float learning_rate, int64_t) {
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
