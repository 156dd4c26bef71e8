// train --trace: writes trace.csv in the run folder, first for the starting weights (epoch 0, all layers), then
// after each epoch (trained layers only; the others do not change). Uses its own images and activations.
#pragma once
#include "models/interpret/trace.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

constexpr int kTracedImages = 16;

// The starting weights of this run's model, loaded or drawn again as
// in `train`. Throws Error (weights) if the weights file has changed.
LayerWeights starting_weights(const RunConfig& config, Device& device, const Observers& observers);

class TraceLog : public Observer {
 public:
  // Model, device and observers must outlive it. The model must have its weights, which are the starting weights
  // unless `resumed`: then trace.csv is continued.
  TraceLog(const RunConfig& config, std::filesystem::path run, Device& device, Model& model,
           const std::vector<Sample>& samples, bool resumed, const Observers& observers);

  void before_update(const StepEvent& event) override;
  void on_step(const StepEvent& event) override;
  void on_epoch(const EpochEvent& event) override;

 private:
  const Tensor& trunk_features();  // recomputed when other layers are trained
  void continue_file(int epoch);
  void write() const;

  std::filesystem::path file_;
  Model& model_;
  const Observers& observers_;  // for messages
  std::vector<int32_t> labels_;
  Tensor images_, features_;  // preprocessed; after the frozen layers
  int features_end_ = -1;
  LayerWeights start_, before_;  // before_: before the last step of the epoch
  std::vector<LayerTrace> rows_;
  bool continued_ = true, announced_ = false;
};

}  // namespace graft
