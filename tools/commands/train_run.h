// The train command: everything before and after the training loop (trainer.h).
#pragma once
#include <filesystem>
#include <functional>

#include "tools/commands/options.h"
#include "tools/options/train_config.h"

namespace graft {

struct TrainCommand {
  TrainRequest asked;
  std::function<TrainConfig()> config;  // builds the configuration; may read asked.config_file
  std::filesystem::path out;
  ComputeOptions compute;
  LogOptions log;
};

int run_train(TrainCommand& command);  // returns the exit code

}  // namespace graft
