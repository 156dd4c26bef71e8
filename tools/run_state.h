// How far a run has come: everything that a checkpoint holds besides weights and optimizer state. Random numbers
// and the order of images are functions of the seed and of these counts, so a resumed run gives the same bits.
#pragma once
#include <nlohmann/json.hpp>

#include "engine/optimizer.h"
#include "tools/history.h"

namespace graft {

struct RunState {
  int epoch = 1;              // the one in work, from 1
  int64_t step_in_epoch = 0;  // done
  int64_t step = 0;           // done since the start
  int64_t pass = 0;           // over the images
  int64_t position = 0;       // in the order of that pass
  double loss_sum = 0;        // over the images of this epoch so far
  int64_t correct = 0, seen = 0;
  std::vector<EpochResult> history;
  std::string data_fingerprint;  // of the training images: a resumed run must see the same ones
};

void save_state(const std::filesystem::path& run, const RunState& state, ParameterArena& parameters,
                const Optimizer& optimizer);

// Fills everything; throws Error (weights) if the checkpoint is of another model or is damaged.
RunState load_state(const std::filesystem::path& run, ParameterArena& parameters, Optimizer& optimizer);

}  // namespace graft
