// What happens before and after the training loop (training.h).
#pragma once
#include <filesystem>

#include "tools/commands/options.h"
#include "tools/options/train_config.h"

namespace graft {

struct TrainCommand {
  TrainRequest asked;
  std::filesystem::path out;
  ComputeOptions compute;
  LogOptions log;
};

int run_train(const TrainCommand& command);  // the exit code

}  // namespace graft
