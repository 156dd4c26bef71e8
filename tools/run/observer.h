// Who watches a training without taking part in it: logs, traces. An observer may read everything and change
// nothing: with or without observers, a run has the same bits.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tools/run/history.h"

namespace graft {

struct FrozenPassSeen {
  std::string what;  // "training images"
  int64_t images = 0;
  double seconds = 0;
};

struct StepSeen {
  int epoch = 0;                         // from 1
  int64_t step = 0;                      // since the start of the run, from 1
  int64_t step_in_epoch = 0, steps = 0;  // from 1, of `steps`
  double learning_rate = 0;
  double loss = 0, accuracy = 0;  // of this batch, with the weights before the step
};

struct EpochSeen {
  EpochResult result;
  int epochs = 0;    // that the run has
  int64_t step = 0;  // since the start of the run
  double seconds = 0, images_per_second = 0;
  double learning_rate = 0;  // of the last step
};

class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void on_frozen_pass(const FrozenPassSeen&) {}
  virtual void before_update(const StepSeen&) {}  // gradients are there, weights are those of the forward pass
  virtual void on_step(const StepSeen&) {}
  virtual void on_epoch(const EpochSeen&) {}  // the state is saved behind it
};

using TrainingObservers = std::vector<TrainingObserver*>;

}  // namespace graft
