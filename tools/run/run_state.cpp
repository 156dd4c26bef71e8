#include "tools/run/run_state.h"

#include <limits>

#include "engine/base/printable.h"
#include "tools/options/advice.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

constexpr const char* kBest = "best/trained";

std::filesystem::path checkpoint_path(const std::filesystem::path& run) { return run / "checkpoint.graft"; }

template <class S, class F>
void each_field(S& s, F&& field) {
  field("epoch", s.epoch);
  field("step_in_epoch", s.step_in_epoch);
  field("step", s.step);
  field("pass", s.pass);
  field("position", s.position);
  field("loss_sum", s.loss_sum);
  field("loss_weight", s.loss_weight);
  field("correct", s.correct);
  field("seen", s.seen);
  field("phase", s.phase);
  field("phase_start", s.phase_start);
  field("best_epoch", s.best_epoch);
  field("best_value", s.best_value);
  field("since_best", s.since_best);
  field("rate_scale", s.rate_scale);
  field("plateau", s.plateau);
  field("stopped_early", s.stopped_early);
  field("data_fingerprint", s.data_fingerprint);
  field("val_fingerprint", s.val_fingerprint);
}

// A valid digest shows that the file is unchanged, not that this program wrote it.
void require_possible(const SavedState& saved) {
  const RunState& s = saved.state;
  const auto demand = [&](bool good, const char* field) {
    if (!good)
      fail(Fault::weights, "{}: its state is invalid: '{}' has an impossible value; restore the file",
           printable(saved.checkpoint.file), field);
  };
  constexpr int64_t kMax = int64_t{1} << 53;  // far beyond any run, and sums of two do not overflow
  const auto count = [](int64_t n) { return n >= 0 && n <= kMax; };
  demand(s.epoch >= 1 && s.epoch < std::numeric_limits<int>::max(), "epoch");
  demand(s.history.size() == static_cast<size_t>(s.epoch - 1), "history");
  demand(count(s.step), "step"), demand(count(s.step_in_epoch) && s.step_in_epoch <= s.step, "step_in_epoch");
  demand(count(s.pass), "pass"), demand(count(s.position), "position");
  demand(count(s.seen), "seen"), demand(s.correct >= 0 && s.correct <= s.seen, "correct");
  demand(s.phase == 0 || s.phase == 1, "phase"),
      demand(s.phase_start >= 0 && s.phase_start <= s.step, "phase_start");
  demand(s.best_epoch >= 0 && s.best_epoch <= s.epoch, "best_epoch");
  demand(s.since_best >= 0 && s.since_best <= s.epoch, "since_best");
  demand(s.plateau >= 0 && s.plateau <= s.epoch, "plateau");
  demand(s.rate_scale > 0 && s.rate_scale <= 1, "rate_scale"), demand(s.loss_weight >= 0, "loss_weight");
  demand(count(value_at<int64_t>(saved.checkpoint.state, "optimizer_steps")), "optimizer_steps");
}

SavedState parse_state(Checkpoint checkpoint) {
  SavedState saved{{}, std::move(checkpoint)};
  try {
    const nlohmann::json& json = saved.checkpoint.state;
    each_field(saved.state, [&](const char* name, auto& value) { read_at(json, name, value); });
    saved.state.history = history_from_json(json.at("history"));
    require_possible(saved);
    return saved;
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::weights, "{}: its state cannot be read: {}", printable(saved.checkpoint.file), e.what());
  }
}

// Sets checkpoint.note to the reason if the state is not from the newest checkpoint.
SavedState newest_state(const std::filesystem::path& path) {
  const std::filesystem::path previous = previous_checkpoint(path);
  Checkpoint newest = load_checkpoint(path);
  if (newest.file == previous || !std::filesystem::exists(previous)) return parse_state(std::move(newest));
  try {
    return parse_state(std::move(newest));
  } catch (const Error& e) {
    SavedState saved = parse_state(load_checkpoint(previous));
    saved.checkpoint.note = fmt::format("{}; going on from {}", with_advice(e), printable(previous));
    return saved;
  }
}

}  // namespace

void save_state(const std::filesystem::path& run, const RunState& state, ParameterArena& parameters,
                const Optimizer& optimizer, const Tensor& best) {
  nlohmann::json json = {{"optimizer_steps", optimizer.steps()}, {"history", to_json(state.history)}};
  each_field(state, [&](const char* name, const auto& value) { json[name] = value; });
  std::vector<std::pair<std::string, Tensor>> tensors = optimizer.state();
  for (const Parameter& p : parameters.all()) tensors.emplace_back(p.name, p.value);
  if (best.defined()) tensors.emplace_back(kBest, best);
  save_checkpoint(checkpoint_path(run), json, tensors);
}

bool has_state(const std::filesystem::path& run) {
  const auto path = checkpoint_path(run);
  return std::filesystem::exists(path) || std::filesystem::exists(previous_checkpoint(path));
}

uint64_t remove_states(const std::filesystem::path& run, bool all) {
  const auto newest = checkpoint_path(run), previous = previous_checkpoint(newest);
  uint64_t bytes = 0;
  const auto remove = [&](const std::filesystem::path& path) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path, error);
    if (error) return;
    std::filesystem::remove(path, error);
    if (error) fail(Fault::resources, "{}: cannot be removed: {}", printable(path), error.message());
    bytes += size;
  };
  if (all || std::filesystem::exists(newest)) remove(previous);
  if (all) remove(newest);
  return bytes;
}

SavedState load_state(const std::filesystem::path& run, const Observers& observers) {
  const auto path = checkpoint_path(run);
  SavedState saved = newest_state(path);
  if (saved.checkpoint.note.empty()) return saved;
  observers.note("{}", saved.checkpoint.note);
  if (std::error_code error; std::filesystem::exists(path)) {
    std::filesystem::rename(path, std::filesystem::path(path) += ".damaged", error);
    if (error) fail(Fault::resources, "{}: cannot be renamed: {}", printable(path), error.message());
  }
  return saved;
}

void restore(const SavedState& saved, ParameterArena& parameters, Optimizer& optimizer, Tensor& best) {
  const Checkpoint& checkpoint = saved.checkpoint;
  try {
    std::vector<std::pair<std::string, Tensor>> tensors = optimizer.state();
    for (const Parameter& p : parameters.all()) tensors.emplace_back(p.name, p.value);
    if (saved.state.best_epoch > 0) {
      best = Tensor::empty(parameters.values().device(), {parameters.trainable_size()});
      tensors.emplace_back(kBest, best);
    }
    for (const auto& [name, tensor] : tensors)
      if (checkpoint.find(name).shape != tensor.shape())
        fail(Fault::weights, "{}: {} has shape {}, but {} in the model of config.json", printable(checkpoint.file),
             name, checkpoint.find(name).shape.str(), tensor.shape().str());
    for (const auto& [name, tensor] : tensors) tensor.copy_from_host(checkpoint.find(name).f32());
    optimizer.set_steps(value_at<int64_t>(checkpoint.state, "optimizer_steps"));
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::weights, "{}: its state cannot be read: {}", printable(checkpoint.file), e.what());
  }
}

}  // namespace graft
