// What watches a training as the options say: --log-format json, --tensorboard, --trace.
#pragma once
#include <chrono>
#include <memory>

#include "engine/data/dataset.h"
#include "tools/commands/options.h"
#include "tools/log/json_log.h"
#include "tools/run/run_config.h"

namespace graft {

void add_watch_options(CLI::App& command, WatchOptions& options);

class Watch {
 public:
  explicit Watch(WatchOptions options);

  // The model has its weights, and nothing has been trained in this process. What is returned watches this run; it
  // may hold memory of the device, so that run, model and device must outlive it.
  using Observers = std::vector<std::unique_ptr<TrainingObserver>>;
  Observers start(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
                  const Dataset& data, bool resumed);
  TrainingObservers all(const Observers& of_the_run) const;

  void end(int exit_code);  // throws Error (resources) if a run that is done has lost a part of its log
  void error(const Error& error);

 private:
  WatchOptions options_;
  std::filesystem::path run_;
  std::unique_ptr<JsonLog> json_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace graft
