// What one phase of a training feeds on: the layers that are frozen in it, and the images behind them.
#pragma once
#include <filesystem>

#include "models/features/feature_batches.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

// Where --cache file keeps outputs.
std::filesystem::path feature_folder(const CacheOptions& options);

class PhaseData {
 public:
  // The model's layers are marked for the phase, and the images were looked at. All arguments must outlive the
  // stage.
  PhaseData(const RunConfig& config, Device& device, Model& model, const Dataset& data, const Observers& observers);

  // Runs the frozen layers over all images whose outputs are kept, and says so. False: interrupted.
  bool fill_caches();

  bool fill_validation();  // of them, those of the validation images

  FeatureBatches& train() { return train_; }
  FeatureBatches& val() { return val_; }

 private:
  FeatureBatchOptions batch_options(const std::vector<Sample>& samples, bool augmented);
  bool fill(FeatureBatches& batches, int64_t count, const char* what);

  const TrainConfig& options_;
  const RunConfig& config_;
  const Dataset& data_;
  Model& model_;
  const Observers& observers_;
  DType stored_;
  FrozenTrunk trunk_;
  FeatureBatches train_, val_;
};

}  // namespace graft
