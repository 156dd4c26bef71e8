#include "engine/optimizer.h"

namespace graft {

Optimizer::Optimizer(ParameterArena& parameters) : parameters_(parameters) {
  require(parameters.trainable_size() > 0, "an optimizer without a trainable parameter");
}

AdamOptimizer::AdamOptimizer(ParameterArena& parameters, AdamOptions options)
    : Optimizer(parameters),
      options_(options),
      m_(Tensor::zeros(parameters.values().device(), {parameters.trainable_size()})),
      v_(Tensor::zeros(parameters.values().device(), {parameters.trainable_size()})) {}

void AdamOptimizer::step(float learning_rate) {
  const Tensor w = parameters_.trainable_values();
  w.device().run(Adam{.size = w.size(),
                      .w = w.f32(),
                      .m = m_.f32(),
                      .v = v_.f32(),
                      .g = parameters_.grads().f32(),
                      .lr = learning_rate,
                      .beta1 = options_.beta1,
                      .beta2 = options_.beta2,
                      .eps = options_.eps,
                      .decay = options_.decay,
                      .t = ++steps_,
                      .form = options_.form});
}

SgdOptimizer::SgdOptimizer(ParameterArena& parameters, SgdOptions options)
    : Optimizer(parameters),
      options_(options),
      velocity_(Tensor::zeros(parameters.values().device(), {parameters.trainable_size()})) {}

void SgdOptimizer::step(float learning_rate) {
  const Tensor w = parameters_.trainable_values();
  w.device().run(Sgd{.size = w.size(),
                     .w = w.f32(),
                     .velocity = velocity_.f32(),
                     .g = parameters_.grads().f32(),
                     .lr = learning_rate,
                     .momentum = options_.momentum,
                     .decay = options_.decay});
  ++steps_;
}

}  // namespace graft
