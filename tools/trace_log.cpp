#include "tools/trace_log.h"

#include <chrono>
#include <fstream>
#include <sstream>

#include "engine/atomic_file.h"
#include "engine/data/printable.h"
#include "tools/setup.h"

namespace graft {
namespace {

// The lines of a trace.csv up to an epoch, without the header.
std::string lines_up_to(const std::filesystem::path& file, int epoch) {
  std::ifstream in(file);
  std::string kept, line;
  std::getline(in, line);
  while (std::getline(in, line))
    if (std::atoi(line.c_str()) <= epoch) kept += line + "\n";
  return kept;
}

}  // namespace

LayerWeights starting_weights(const RunConfig& config, Device& device) {
  TrainOptions o = config.options;
  o.model = config.model.vgg.trunk, o.head = config.model.vgg.head;
  if (config.model.weights.sha256.empty()) o.weights = "none";
  Vgg model(config.model.vgg);
  model.unfreeze(o.unfreeze, device);
  const WeightsOrigin origin = initialise(model, find_weights_file(o), o);
  if (origin.sha256 != config.model.weights.sha256)
    fail(Fault::weights,
         "{} is not the file that the run started with ({}, sha256 {}), so the drift from it cannot be told; give "
         "that one with vgg-finetune trace --weights FILE",
         origin.name, config.model.weights.name, config.model.weights.sha256.substr(0, 16));
  return copy_weights(model);
}

TraceLog::TraceLog(const RunConfig& config, std::filesystem::path run, Device& device, Vgg& model,
                   const std::vector<Sample>& samples, bool resumed)
    : file_(run / "trace.csv"), model_(model) {
  const TracedImages images = read_traced_images(device, samples, config.model.preprocess, kTracedImages);
  labels_ = images.labels;
  images_ = images.x;
  start_ = resumed ? starting_weights(config, device) : copy_weights(model);
  if (resumed) return;
  rows_ = trace_layers(model, images_, labels_, 0);
  write();
}

const Tensor& TraceLog::boundary() {
  if (boundary_depth_ != model_.frozen_depth()) {
    boundary_depth_ = model_.frozen_depth();
    Tape tape(Tape::Recording::off);
    boundary_ = model_.forward(tape, {images_}, 0, boundary_depth_).value;
  }
  return boundary_;
}

void TraceLog::before_update(const StepSeen& seen) {
  if (seen.step_in_epoch == seen.steps) before_ = copy_weights(model_);
}

void TraceLog::on_step(const StepSeen& seen) {
  if (seen.step_in_epoch != seen.steps) return;
  for (const auto& [layer, now] : copy_weights(model_)) update_[layer] = relative_distance(before_.at(layer), now);
  before_.clear();
}

void TraceLog::on_epoch(const EpochSeen& seen) {
  const auto started = std::chrono::steady_clock::now();
  std::vector<LayerTrace> epoch = trace_layers(model_, boundary(), labels_, model_.frozen_depth());
  const LayerWeights now = copy_weights(model_);
  for (LayerTrace& row : epoch) {
    row.epoch = seen.result.epoch;
    if (!row.trained) continue;
    row.update = update_[row.layer];
    row.drift = relative_distance(start_.at(row.layer), now.at(row.layer));
  }
  update_.clear();
  if (rows_.empty()) earlier_ = lines_up_to(file_, seen.result.epoch - 1);
  rows_.insert(rows_.end(), epoch.begin(), epoch.end());
  write();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  if (!std::exchange(told_, true))
    fmt::print("trace: {} images, {:.2f} s an epoch; written to {}\n", labels_.size(), passed.count(),
               printable(file_));
}

void TraceLog::write() const {
  const std::string text = csv(rows_);
  const size_t header = text.find('\n') + 1;
  write_file(file_, text.substr(0, header) + earlier_ + text.substr(header));
}

}  // namespace graft
