// One training step: forward pass, loss, backward pass, update.
#pragma once
#include <functional>

#include "engine/optimizer.h"
#include "models/model.h"

namespace graft {

struct TrainBatch {
  Tensor x;                         // [n, ...input of layer `entry`]
  std::span<const int32_t> labels;  // [n]
  int entry = 0;                    // the layer that reads x; all layers before it are frozen
};

struct LossSettings {
  float smoothing = 0;               // label smoothing, [0, 1): share of the target spread over all classes
  std::vector<float> class_weights;  // [classes]; empty: all 1
};

struct StepSettings {
  uint64_t seed = 1;  // of the dropout masks
  int64_t step = 0;   // number of steps before this one
  float learning_rate = 0;
  LossSettings loss;
};

struct StepResult {
  double loss_sum = 0, weight = 0;  // the mean loss of the batch is their ratio
  int64_t correct = 0;              // predictions
};

// Called during a step; they must not change its result.
struct StepHooks {
  std::function<void()> forward_queued = {};                  // when the kernels of the forward pass are queued
  std::function<void(const StepResult&)> before_update = {};  // when the gradients are computed
};

// Trains the model on one batch. Throws Error (numerics) if the loss is not finite.
StepResult train_step(Model& model, Optimizer& optimizer, const TrainBatch& batch, const StepSettings& settings,
                      const StepHooks& hooks = {});

}  // namespace graft
