// train --trace: trace.csv in the run folder, from the weights at the start (epoch 0, all layers) and behind each
// epoch (the trained layers; the others stay as they are). Works on images and activations of its own.
#pragma once
#include "models/interpret/trace.h"
#include "tools/events/observer.h"
#include "tools/run/run_config.h"

namespace graft {

constexpr int kTracedImages = 16;

// The weights that the layers of this run's model started with: read or drawn again, as `train` did. Throws
// Error (weights) if the file of the weights is another one now.
LayerWeights starting_weights(const RunConfig& config, Device& device, const Observers& observers);

class TraceLog : public Observer {
 public:
  // Model, device and `told` must outlive it. The model has its weights; they are the starting weights unless
  // `resumed`: then trace.csv is continued.
  TraceLog(const RunConfig& config, std::filesystem::path run, Device& device, Model& model,
           const std::vector<Sample>& samples, bool resumed, const Observers& told);

  void before_update(const StepEvent& seen) override;
  void on_step(const StepEvent& seen) override;
  void on_epoch(const EpochEvent& seen) override;

 private:
  const Tensor& trunk_features();  // computed again when other layers train
  void continue_file(int epoch);
  void write() const;

  std::filesystem::path file_;
  Model& model_;
  const Observers& observers_;  // whom it tells where its file is
  std::vector<int32_t> labels_;
  Tensor images_, features_;  // prepared; after the frozen layers
  int features_end_ = -1;
  LayerWeights start_, before_;  // before_: the last step of the epoch
  std::vector<LayerTrace> rows_;
  bool continued_ = true, told_ = false;
};

}  // namespace graft
