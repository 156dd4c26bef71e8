// The training loop.
#pragma once
#include "engine/metrics/prediction.h"
#include "engine/optimizer.h"
#include "tools/feed.h"
#include "tools/observer.h"
#include "tools/run_config.h"
#include "tools/run_state.h"
#include "tools/step_log.h"

namespace graft {

class Training {
 public:
  // All but `run` must outlive the training; the model has its weights.
  Training(const RunConfig& config, std::filesystem::path run, Device& device, Vgg& model, const Dataset& data);

  void observe(TrainingObservers observers) { observers_ = std::move(observers); }  // must outlive the training

  void resume();  // continues from the checkpoint of the run folder

  // Trains to the last epoch, printing a line for each and saving the state behind each. False: a signal asked it
  // to stop, and the state is saved.
  bool train();

  std::vector<Prediction> validate();  // of the validation images, with the weights as they are

  std::vector<BadImage> bad_images() const;
  const std::string& data_fingerprint() const { return state_.data_fingerprint; }

 private:
  bool fill_caches();
  bool fill_cache(Feed& feed, int64_t count, const char* what);
  bool train_epoch();
  void finish_epoch();
  void release_memory();
  void save();

  const TrainOptions& options_;
  std::filesystem::path run_;
  Vgg& model_;
  const Dataset& data_;
  std::unique_ptr<Optimizer> optimizer_;  // until everything is trained
  FrozenTrunk trunk_;
  Feed train_, val_;
  RunState state_;
  StepLog log_;
  TrainingObservers observers_;
};

}  // namespace graft
