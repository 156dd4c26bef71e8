// The observers of a training run, as the options request them:
// console, --log-format json, --tensorboard, --trace, --log-steps.
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

  const Observers& observers() const { return observers_; }  // those that have joined so far

  // Adds the observers that need the run. Call it when the model has its weights and before anything is trained in
  // this process. They may hold device memory, so leave() must be called before model, data and device are destroyed.
  void join(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
            const Dataset& data,
            const std::optional<int64_t>& resumed_at);  // step of the checkpoint; nullopt: a new run
  void leave();

  // Writes the end event. Throws Error (resources) if a finished run has lost part of its log.
  void end(int exit_code);
  void error(const Error& error);

 private:
  void write_start(const RunConfig& config, const Device& device, Model& model, const Dataset& data, bool resumed);

  LogOptions options_;
  std::filesystem::path run_;
  std::unique_ptr<JsonLog> json_;
  Console console_;
  Observers observers_;
  std::vector<std::unique_ptr<Observer>> joined_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

struct LeaveAtEnd {
  explicit LeaveAtEnd(Loggers& all) : loggers(all) {}
  ~LeaveAtEnd() { loggers.leave(); }
  Loggers& loggers;
};

}  // namespace graft
