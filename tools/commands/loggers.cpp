#include "tools/commands/loggers.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "engine/base/printable.h"
#include "tools/log/step_log.h"
#include "tools/log/tensorboard.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/trace_log.h"
#include "tools/version.h"

namespace graft {

void add_log_options(CLI::App& command, LogOptions& o) {
  const auto group = "Logging (does not affect results; not remembered by --resume)";
  command
      .add_option("--log-format", o.format,
                  "text, or json: events on stdout, one object per line, and the text on stderr")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}))
      ->group(group);
  command.add_option("--tensorboard", o.tensorboard, "write TensorBoard curves into this folder")->group(group);
  command
      .add_flag("--trace", o.trace, "write statistics of each layer once per epoch to trace.csv in the run folder")
      ->group(group);
}

Loggers::Loggers(LogOptions options)
    : options_(std::move(options)), console_(options_.format == "json" ? stderr : stdout) {
  if (options_.format == "json") json_ = std::make_unique<JsonLog>(STDOUT_FILENO), observers_.add(*json_);
  observers_.add(console_);
}

void Loggers::join(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
                   const Dataset& data, const std::optional<int64_t>& resumed_at) {
  run_ = run;
  const DataOptions& images = config.options.data;
  if (config.options.run.log_steps) {
    auto log = std::make_unique<StepLog>(run, ImageNames{images.folder, images.hide_names}, data.train);
    if (resumed_at) log->resume(*resumed_at);
    joined_.push_back(std::move(log));
  }
  if (!options_.tensorboard.empty()) joined_.push_back(std::make_unique<TensorBoardLog>(options_.tensorboard));
  if (options_.trace)
    joined_.push_back(
        std::make_unique<TraceLog>(config, run, device, model, data.train, resumed_at.has_value(), observers_));
  for (const auto& observer : joined_) observers_.add(*observer);
  if (json_) write_start(config, device, model, data, resumed_at.has_value());
}

void Loggers::leave() {
  observers_.shorten(joined_.size());
  joined_.clear();
}

void Loggers::write_start(const RunConfig& config, const Device& device, Model& model, const Dataset& data,
                          bool resumed) {
  std::vector<std::string> classes;
  for (const std::string& c : data.classes) classes.push_back(printable(c));
  json_->write("start",
               {{"format", 1},
                {"version", kVersion},
                {"run", printable(run_)},
                {"resumed", resumed},
                {"data", printable(config.options.data.folder)},
                {"classes", classes},
                {"images", {{"train", data.train.size()}, {"val", data.val.size()}, {"test", data.test.size()}}},
                {"device", device.backend().info.name},
                {"model", config.model.architecture.trunk},
                {"head", config.model.architecture.head},
                {"unfreeze", to_string(config.options.model.unfreeze)},
                {"trained_parameters", model.parameters().trainable_size()},
                {"frozen_parameters", model.parameters().frozen_size()},
                {"epochs", config.options.schedule.epochs},
                {"batch", config.options.schedule.batch},
                {"seed", config.options.run.seed}});
}

void Loggers::end(int exit_code) {
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
  fail(Fault::resources, "{}; the run itself is complete: {}", trouble, printable(run_));
}

void Loggers::error(const Error& error) {
  if (json_) json_->write_error(error);
}

}  // namespace graft
