// What watches a training as the options say: --log-format json, --tensorboard, --trace.
#pragma once
#include <chrono>
#include <memory>

#include "engine/data/dataset.h"
#include "tools/json_log.h"
#include "tools/run_config.h"

namespace graft {

void add_watch_options(CLI::App& command, WatchOptions& options);

class Watch {
 public:
  explicit Watch(WatchOptions options);

  // The model has its weights, and nothing has been trained in this process. Run, model and device must outlive it.
  void start(const RunConfig& config, const std::filesystem::path& run, Device& device, Vgg& model,
             const Dataset& data, bool resumed);
  TrainingObservers observers() const;

  void end(int exit_code);
  void error(const Error& error);

 private:
  WatchOptions options_;
  std::filesystem::path run_;
  std::unique_ptr<JsonLog> json_;
  std::vector<std::unique_ptr<TrainingObserver>> others_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace graft
