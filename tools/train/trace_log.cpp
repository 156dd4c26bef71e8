#include "tools/train/trace_log.h"

#include <chrono>

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "tools/run/csv.h"
#include "tools/train/initial_weights.h"
#include "tools/train/run_changes.h"

namespace graft {

LayerWeights starting_weights(const RunConfig& config, Device& device, const Observers& observers) {
  const ModelOptions& o = config.options.model;
  require_starting_files(config);
  Model model(config.model.architecture);
  model.set_trainable(o.unfreeze);
  model.allocate(device);
  initialise(model, find_weights_file(o, observers), o, config.options.run.seed, config.model.classes, observers);
  return copy_weights(model);
}

TraceLog::TraceLog(const RunConfig& config, std::filesystem::path run, Device& device, Model& model,
                   const std::vector<Sample>& samples, bool resumed, const Observers& observers)
    : file_(run / "trace.csv"), model_(model), observers_(observers) {
  const TracedImages images = read_traced_images(device, samples, config.model.preprocess, kTracedImages);
  labels_ = images.labels;
  images_ = images.x;
  start_ = resumed ? starting_weights(config, device, observers) : copy_weights(model);
  continued_ = !resumed;
  if (resumed) return;
  rows_ = trace_layers(model, images_, labels_, 0);
  write();
}

const Tensor& TraceLog::trunk_features() {
  if (features_end_ != model_.first_trained_layer()) {
    features_end_ = model_.first_trained_layer();
    Tape tape(Tape::Recording::off);
    features_ = model_.forward(tape, {images_}, 0, features_end_).value;
  }
  return features_;
}

void TraceLog::before_update(const StepEvent& event) {
  if (event.step_in_epoch == event.steps) before_ = copy_weights(model_);
}

void TraceLog::on_step(const StepEvent& event) {
  if (event.step_in_epoch != event.steps) return;
  continue_file(event.epoch);
  std::erase_if(rows_, [&](const LayerTrace& row) { return row.epoch == event.epoch; });
  // A run may be stopped between the last step of an epoch and its end, which another process then completes. So
  // the update, which only this process knows, is saved now, in rows without other values.
  const LayerWeights now = copy_weights(model_);
  for (const Node& layer : model_.layers())
    if (layer.trained())
      rows_.push_back({.epoch = event.epoch,
                       .layer = layer.name,
                       .trained = true,
                       .update = relative_distance(before_.at(layer.name), now.at(layer.name))});
  before_.clear();
  write();
}

// Reads what an earlier process wrote up to `epoch`, including the updates after its last step.
void TraceLog::continue_file(int epoch) {
  if (std::exchange(continued_, true) || !std::filesystem::exists(file_)) return;
  rows_ = read_trace(file_);
  std::erase_if(rows_, [&](const LayerTrace& row) { return row.epoch > epoch; });
}

void TraceLog::on_epoch(const EpochEvent& event) {
  const auto started = std::chrono::steady_clock::now();
  const int number = event.result.epoch;
  continue_file(number);
  std::map<std::string, std::optional<double>> updates;
  for (const LayerTrace& row : rows_)
    if (row.epoch == number) updates[row.layer] = row.update;
  std::erase_if(rows_, [&](const LayerTrace& row) { return row.epoch == number; });
  const LayerWeights now = copy_weights(model_);
  for (LayerTrace& row : trace_layers(model_, trunk_features(), labels_, model_.first_trained_layer())) {
    row.epoch = number;
    if (row.trained) {
      row.update = updates[row.layer];
      row.drift = relative_distance(start_.at(row.layer), now.at(row.layer));
    }
    rows_.push_back(std::move(row));
  }
  write();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  if (!std::exchange(announced_, true))
    observers_.info("trace: {} images, {:.2f} s per epoch; written to {}", labels_.size(), passed.count(),
                    printable(file_));
}

void TraceLog::write() const { write_file(file_, csv(rows_)); }

}  // namespace graft
