// One step of training: forward, loss, backward, update.
#pragma once
#include <functional>
#include <memory>

#include "engine/ops.h"
#include "engine/optimizer.h"
#include "models/features/feed.h"
#include "models/vgg.h"
#include "tools/run/train_options.h"

namespace graft {

std::unique_ptr<Optimizer> make_optimizer(const TrainOptions& options, ParameterArena& parameters);

// The trained layers as groups of one rate each (--lr-mult). What lies in the trunk began to train after `born`
// steps. Throws a usage error for a part that does not train.
std::vector<LearningGroup> learning_groups(const Vgg& model, const std::string& lr_mult, int64_t born);

struct StepResult {
  double loss_sum = 0, weight = 0;  // the mean loss of a batch is their ratio
  int64_t correct = 0;
};

// batch.x enters the model behind the frozen layers. before_update is told the result when the gradients are there.
// Throws Error (numerics) when the loss is not finite.
StepResult train_step(Vgg& model, Optimizer& optimizer, const FeedBatch& batch, Feed& feed,
                      const TrainOptions& options, int64_t step, float learning_rate,
                      const std::function<void(const StepResult&)>& before_update);

}  // namespace graft
