#include "tools/run_state.h"

#include "engine/data/printable.h"
#include "weights/checkpoint.h"

namespace graft {
namespace {

std::filesystem::path checkpoint_path(const std::filesystem::path& run) { return run / "checkpoint.graft"; }

template <class S, class F>
void each_field(S& s, F&& field) {
  field("epoch", s.epoch);
  field("step_in_epoch", s.step_in_epoch);
  field("step", s.step);
  field("pass", s.pass);
  field("position", s.position);
  field("loss_sum", s.loss_sum);
  field("correct", s.correct);
  field("seen", s.seen);
  field("data_fingerprint", s.data_fingerprint);
}

}  // namespace

void save_state(const std::filesystem::path& run, const RunState& state, ParameterArena& parameters,
                const Optimizer& optimizer) {
  nlohmann::json json = {{"optimizer_steps", optimizer.steps()}, {"history", to_json(state.history)}};
  each_field(state, [&](const char* name, const auto& value) { json[name] = value; });
  std::vector<std::pair<std::string, Tensor>> tensors = optimizer.state();
  for (const Parameter& p : parameters.all()) tensors.emplace_back(p.name, p.value);
  save_checkpoint(checkpoint_path(run), json, tensors);
}

RunState load_state(const std::filesystem::path& run, ParameterArena& parameters, Optimizer& optimizer) {
  if (!std::filesystem::exists(checkpoint_path(run)) &&
      !std::filesystem::exists(previous_checkpoint(checkpoint_path(run))))
    fail(Fault::data, "{}: no checkpoint in it, nothing was trained yet; start a new run", printable(run));
  const Checkpoint checkpoint = load_checkpoint(checkpoint_path(run));
  if (!checkpoint.note.empty()) fmt::print("note: {}\n", checkpoint.note);
  try {
    RunState state;
    each_field(state, [&](const char* name, auto& value) { checkpoint.state.at(name).get_to(value); });
    state.history = history_from_json(checkpoint.state.at("history"));
    std::vector<std::pair<std::string, Tensor>> tensors = optimizer.state();
    for (const Parameter& p : parameters.all()) tensors.emplace_back(p.name, p.value);
    for (const auto& [name, tensor] : tensors)
      if (checkpoint.find(name).shape != tensor.shape())
        fail(Fault::weights, "{}: {} is {} there, but {} in the model of config.json", printable(checkpoint.file),
             name, checkpoint.find(name).shape.str(), tensor.shape().str());
    for (const auto& [name, tensor] : tensors) tensor.copy_from_host(checkpoint.find(name).f32());
    optimizer.set_steps(checkpoint.state.at("optimizer_steps"));
    return state;
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::weights, "{}: its state cannot be read: {}", printable(checkpoint.file), e.what());
  }
}

}  // namespace graft
