// Data of one training phase: its frozen trunk, cached features and batches.
#pragma once
#include <filesystem>

#include "models/features/feature_batches.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

// The folder of --cache file.
std::filesystem::path feature_folder(const CacheOptions& options);

class PhaseData {
 public:
  // The model's trainable layers must be set for the phase, and the
  // images must have digests. All arguments must outlive the object.
  PhaseData(const RunConfig& config, Device& device, Model& model, const Dataset& data, const Observers& observers);

  // Computes the features that are to be cached, and reports it. Returns false if interrupted.
  bool fill_caches();

  bool fill_validation();  // only those of the validation images

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
