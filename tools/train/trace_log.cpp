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
                   const std::vector<Sample>& samples, bool resumed, const Observers& told)
    : file_(run / "trace.csv"), model_(model), observers_(told) {
  const TracedImages images = read_traced_images(device, samples, config.model.preprocess, kTracedImages);
  labels_ = images.labels;
  images_ = images.x;
  start_ = resumed ? starting_weights(config, device, told) : copy_weights(model);
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

void TraceLog::before_update(const StepEvent& seen) {
  if (seen.step_in_epoch == seen.steps) before_ = copy_weights(model_);
}

void TraceLog::on_step(const StepEvent& seen) {
  if (seen.step_in_epoch != seen.steps) return;
  continue_file(seen.epoch);
  std::erase_if(rows_, [&](const LayerTrace& row) { return row.epoch == seen.epoch; });
  // A run may be stopped between its last step and the end of the epoch, which another process then reaches: the
  // file keeps what only this one has seen, in lines that have nothing else yet.
  const LayerWeights now = copy_weights(model_);
  for (const Node& layer : model_.layers())
    if (layer.trained())
      rows_.push_back({.epoch = seen.epoch,
                       .layer = layer.name,
                       .trained = true,
                       .update = relative_distance(before_.at(layer.name), now.at(layer.name))});
  before_.clear();
  write();
}

// What an earlier process wrote before `epoch`, and in it behind its last step.
void TraceLog::continue_file(int epoch) {
  if (std::exchange(continued_, true) || !std::filesystem::exists(file_)) return;
  rows_ = read_trace(file_);
  std::erase_if(rows_, [&](const LayerTrace& row) { return row.epoch > epoch; });
}

void TraceLog::on_epoch(const EpochEvent& seen) {
  const auto started = std::chrono::steady_clock::now();
  const int number = seen.result.epoch;
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
  if (!std::exchange(told_, true))
    observers_.info("trace: {} images, {:.2f} s an epoch; written to {}", labels_.size(), passed.count(),
                    printable(file_));
}

void TraceLog::write() const { write_file(file_, csv(rows_)); }

}  // namespace graft
