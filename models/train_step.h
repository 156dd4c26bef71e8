// One step of training: forward, loss, backward, update.
#pragma once
#include <functional>

#include "engine/optimizer.h"
#include "models/model.h"

namespace graft {

struct TrainBatch {
  Tensor x;                         // [n, ...input of layer `entry`]
  std::span<const int32_t> labels;  // [n]
  int entry = 0;                    // the layer that x enters the model at: all before it is frozen
};

struct LossSettings {
  float smoothing = 0;               // share of the target that all classes divide among them; [0, 1)
  std::vector<float> class_weights;  // [classes]; empty: all 1
};

struct StepSettings {
  uint64_t seed = 1;  // of dropout
  int64_t step = 0;   // done before this one
  float learning_rate = 0;
  LossSettings loss;
};

struct StepResult {
  double loss_sum = 0, weight = 0;  // the mean loss of a batch is their ratio
  int64_t correct = 0;
};

// Work beside the step. Changes no result.
struct StepHooks {
  std::function<void()> forward_queued = {};                  // the kernels of the forward pass are queued
  std::function<void(const StepResult&)> before_update = {};  // the gradients are there
};

// Throws Error (numerics) when the loss is not finite.
StepResult train_step(Model& model, Optimizer& optimizer, const TrainBatch& batch, const StepSettings& settings,
                      const StepHooks& hooks = {});

}  // namespace graft
