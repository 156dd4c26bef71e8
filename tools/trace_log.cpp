#include "tools/trace_log.h"

#include <fmt/ranges.h>

#include <chrono>

#include "engine/atomic_file.h"
#include "engine/data/printable.h"
#include "tools/csv.h"
#include "tools/setup.h"

namespace graft {
namespace {

constexpr size_t kUpdateColumn = 17;  // of trace.csv

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
  continued_ = !resumed;
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
  continue_file(seen.epoch);
  update_.clear();
  const LayerWeights now = copy_weights(model_);
  for (const Layer& layer : model_.layers())
    if (layer.trained()) update_[layer.name] = relative_distance(before_.at(layer.name), now.at(layer.name));
  before_.clear();
  // A run may be stopped between its last step and the end of the epoch, which another process then reaches: the
  // file keeps what only this one has seen, in lines that have nothing else yet.
  std::string lines;
  for (const auto& [layer, update] : update_)
    if (update) lines += fmt::format("{},{},1{}{:.6g},\n", seen.epoch, layer, std::string(15, ','), *update);
  write(lines);
}

// What an earlier process wrote: the lines before `epoch`, and the updates of its last step if that is done.
void TraceLog::continue_file(int epoch) {
  if (std::exchange(continued_, true) || !std::filesystem::exists(file_)) return;
  const auto rows = read_csv(file_);
  for (size_t i = 1; i < rows.size(); ++i) {
    const int of = std::atoi(rows[i][0].c_str());
    if (of < epoch) earlier_ += fmt::format("{}\n", fmt::join(rows[i], ","));
    if (of == epoch && rows[i].size() > kUpdateColumn && !rows[i][kUpdateColumn].empty())
      update_[rows[i][1]] = std::strtod(rows[i][kUpdateColumn].c_str(), nullptr);
  }
}

void TraceLog::on_epoch(const EpochSeen& seen) {
  const auto started = std::chrono::steady_clock::now();
  continue_file(seen.result.epoch);
  std::vector<LayerTrace> epoch = trace_layers(model_, boundary(), labels_, model_.frozen_depth());
  const LayerWeights now = copy_weights(model_);
  for (LayerTrace& row : epoch) {
    row.epoch = seen.result.epoch;
    if (!row.trained) continue;
    row.update = update_[row.layer];
    row.drift = relative_distance(start_.at(row.layer), now.at(row.layer));
  }
  update_.clear();
  rows_.insert(rows_.end(), epoch.begin(), epoch.end());
  write();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  if (!std::exchange(told_, true))
    fmt::print("trace: {} images, {:.2f} s an epoch; written to {}\n", labels_.size(), passed.count(),
               printable(file_));
}

void TraceLog::write(const std::string& more) const {
  const std::string text = csv(rows_);
  const size_t header = text.find('\n') + 1;
  write_file(file_, text.substr(0, header) + earlier_ + text.substr(header) + more);
}

}  // namespace graft
