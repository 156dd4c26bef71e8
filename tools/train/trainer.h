// The training loop: phases, epochs, steps and checkpoints.
#pragma once
#include <chrono>

#include "engine/metrics/prediction.h"
#include "tools/events/observer.h"
#include "tools/run/run_folder.h"
#include "tools/run/run_state.h"
#include "tools/train/phase_data.h"

namespace graft {

class Trainer {
 public:
  // All arguments must outlive the trainer; the model must have
  // its weights. Observers may be added until train() is called.
  Trainer(const RunConfig& config, const RunFolder& folder, Device& device, Model& model, const Dataset& data,
          const Observers& observers);

  // Resumes from the checkpoint of the run folder. Throws Error (data) if the images have changed.
  void resume();
  const RunState& state() const { return state_; }

  // Trains to the last epoch; saves a checkpoint after each epoch, and more often if the options say so. Returns
  // false, with the state saved, if an observer asked to stop.
  bool train();

  // The epoch of the best monitored metric; 0 if there is none.
  int best_epoch() const { return state_.best_epoch; }
  int last_epoch() const { return state_.epoch - 1; }
  void swap_best();  // exchanges the model's weights with those of the best epoch

  std::vector<Prediction> validate();  // of the validation images, with the current weights

  // Human-readable progress: epochs done, or the place in the current epoch.
  std::string place() const;

  const std::string& data_fingerprint() const { return state_.data_fingerprint; }
  const std::string& val_fingerprint() const { return state_.val_fingerprint; }

 private:
  bool done() const { return state_.stopped_early || state_.epoch > options_.schedule.epochs; }
  bool two_phases() const { return options_.schedule.warmup_epochs > 0; }
  void require_same_images(const std::string& train, const std::string& val) const;
  void begin_phase();
  void next_phase();
  int64_t steps_per_epoch() const;
  float learning_rate() const;
  bool train_epoch();
  bool next_batch(FeatureBatch& batch);
  void finish_epoch();
  void release_memory();
  void update_best(const Score& val);
  bool save_is_due() const;
  void save();

  const RunConfig& config_;
  const TrainConfig& options_;
  const RunFolder& folder_;
  const std::filesystem::path& run_;
  Device& device_;
  Model& model_;
  const Dataset& data_;
  std::unique_ptr<Optimizer> optimizer_;  // until training ends
  std::unique_ptr<PhaseData> phase_;      // of the current phase
  Tensor best_;                           // trained values at the best epoch
  RunState state_;
  const Observers& observers_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace graft
