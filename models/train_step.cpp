#include "models/train_step.h"

#include <algorithm>
#include <cmath>

#include "models/find_nonfinite.h"

namespace graft {
namespace {

struct LossAndProbs {
  Var loss;
  double weight = 0;
  std::vector<float> probs;
};

LossAndProbs loss_of(Tape& tape, const Var& logits, std::span<const int32_t> labels, const LossSettings& settings) {
  Device& device = logits.value.device();
  const std::vector<float>& weights = settings.class_weights;
  LossOptions options{.smoothing = settings.smoothing, .class_weight = {}, .divisor = double(labels.size())};
  if (!weights.empty()) {
    options.class_weight = Tensor::from_host(device, {int64_t(weights.size())}, std::span(weights));
    options.divisor = 0;
    for (const int32_t label : labels) options.divisor += weights[size_t(label)];
  }
  Tensor probs;
  const Tensor on_device = Tensor::from_host(device, {int64_t(labels.size())}, labels);
  const Var loss = softmax_loss(tape, logits, on_device, &probs, options);
  return {loss, options.divisor, probs.to_host()};
}

}  // namespace

StepResult train_step(Model& model, Optimizer& optimizer, const TrainBatch& batch, const StepSettings& settings,
                      const StepHooks& hooks) {
  model.parameters().begin_step();
  Tape tape;
  const ForwardMode mode{.training = true, .seed = settings.seed, .step = uint64_t(settings.step)};
  const Var logits = model.forward(tape, {batch.x}, batch.entry, model.depth(), mode);
  if (hooks.forward_queued) hooks.forward_queued();
  const auto [loss, weight, probs] = loss_of(tape, logits, batch.labels, settings.loss);

  StepResult result{.weight = weight};
  for (const float l : loss.value.to_host()) result.loss_sum += l;
  if (!std::isfinite(result.loss_sum)) stop_at_bad_loss(model, batch.x, batch.entry, settings.step + 1);
  const auto classes = logits.value.shape()[1];
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    const auto row = probs.begin() + int64_t(i) * classes;
    result.correct += std::max_element(row, row + classes) - row == batch.labels[i];
  }

  tape.backward(loss);
  if (hooks.before_update) hooks.before_update(result);
  optimizer.step(settings.learning_rate);
  return result;
}

}  // namespace graft
