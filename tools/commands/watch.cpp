#include "tools/commands/watch.h"

#include <nlohmann/json.hpp>

#include "engine/base/printable.h"
#include "tools/log/tensorboard.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/trace_log.h"
#include "tools/version.h"

namespace graft {

void add_watch_options(CLI::App& command, WatchOptions& o) {
  const auto group = "Watching (changes no bit of the run; with --resume, give them again)";
  command
      .add_option("--log-format", o.log_format,
                  "text, or json: events on stdout, one object a line, and the text on stderr")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}))
      ->group(group);
  command.add_option("--tensorboard", o.tensorboard, "write curves for TensorBoard below this folder")
      ->group(group);
  command.add_flag("--trace", o.trace, "write statistics of each layer, once an epoch, to trace.csv of the run")
      ->group(group);
}

Watch::Watch(WatchOptions options) : options_(std::move(options)) {
  if (options_.log_format == "json") json_ = std::make_unique<JsonLog>();
}

Watch::Observers Watch::start(const RunConfig& config, const std::filesystem::path& run, Device& device,
                              Model& model, const Dataset& data, bool resumed) {
  run_ = run;
  Observers observers;
  if (!options_.tensorboard.empty()) observers.push_back(std::make_unique<TensorBoardLog>(options_.tensorboard));
  if (options_.trace)
    observers.push_back(std::make_unique<TraceLog>(config, run, device, model, data.train, resumed));
  if (!json_) return observers;
  std::vector<std::string> classes;
  for (const std::string& c : data.classes) classes.push_back(printable(c));
  json_->write("start",
               {{"format", 1},
                {"version", kVersion},
                {"run", printable(run)},
                {"resumed", resumed},
                {"data", printable(config.options.data)},
                {"classes", classes},
                {"images", {{"train", data.train.size()}, {"val", data.val.size()}, {"test", data.test.size()}}},
                {"device", device.backend().info.name},
                {"model", config.model.architecture.trunk},
                {"head", config.model.architecture.head},
                {"unfreeze", config.options.unfreeze},
                {"trained_parameters", model.parameters().trainable_size()},
                {"frozen_parameters", model.parameters().frozen_size()},
                {"epochs", config.options.epochs},
                {"batch", config.options.batch},
                {"seed", config.options.seed}});
  return observers;
}

TrainingObservers Watch::all(const Observers& of_the_run) const {
  TrainingObservers all;
  if (json_) all.push_back(json_.get());
  for (const auto& other : of_the_run) all.push_back(other.get());
  return all;
}

void Watch::end(int exit_code) {
  if (!json_) return;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started_;
  nlohmann::json fields = {{"status", exit_code == 0 ? "done" : "interrupted"},
                           {"exit_code", exit_code},
                           {"run", printable(run_)},
                           {"seconds", passed.count()}};
  if (exit_code == 0) fields["model"] = printable(run_ / "model.h5");
  json_->write("end", std::move(fields));
  const std::string trouble = json_->trouble();
  if (trouble.empty()) return;
  if (exit_code != 0) return print_error("vgg-finetune: {}\n", trouble);
  fail(Fault::resources, "{}; the run is whole: {}", trouble, printable(run_));
}

void Watch::error(const Error& error) {
  if (json_) json_->write_error(error);
}

}  // namespace graft
