// The observers of a training that the options ask for: the console, --log-format json, --tensorboard, --trace,
// --log-steps.
#pragma once
#include <chrono>
#include <memory>
#include <optional>

#include "engine/data/dataset.h"
#include "tools/commands/options.h"
#include "tools/log/json_log.h"
#include "tools/run/run_config.h"
#include "tools/terminal/console.h"

namespace graft {

void add_log_options(CLI::App& command, LogOptions& options);

class Loggers {
 public:
  explicit Loggers(LogOptions options);

  const Observers& observers() const { return observers_; }  // those that there are by now

  // The model has its weights, and nothing has been trained in this process. The loggers that join may hold memory
  // of the device, so they have to leave before model, data and device end.
  void join(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
            const Dataset& data,
            const std::optional<int64_t>& resumed_at);  // the step of the checkpoint; nothing: a new run
  void leave();

  void end(int exit_code);  // throws Error (resources) if a run that is done has lost a part of its log
  void error(const Error& error);

 private:
  void write_start(const RunConfig& config, const Device& device, Model& model, const Dataset& data, bool resumed);

  LogOptions options_;
  std::filesystem::path run_;
  std::unique_ptr<JsonLog> json_;
  Console console_;
  Observers observers_;
  std::vector<std::unique_ptr<Observer>> of_the_run_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

struct LeaveAtEnd {
  explicit LeaveAtEnd(Loggers& all) : loggers(all) {}
  ~LeaveAtEnd() { loggers.leave(); }
  Loggers& loggers;
};

}  // namespace graft
