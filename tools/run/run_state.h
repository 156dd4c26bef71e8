// Progress of a run: everything a checkpoint holds besides weights and optimizer state. Random numbers, learning
// rates and the order of images are functions of the seed and these counters, so a resumed run gives the same bits.
#pragma once

#include "engine/optimizer.h"
#include "tools/events/observer.h"
#include "tools/run/history.h"
#include "weights/checkpoint.h"

namespace graft {

struct RunState {
  int epoch = 1;              // current epoch, from 1
  int64_t step_in_epoch = 0;  // steps done in this epoch
  int64_t step = 0;           // steps done since the start of the run
  int64_t pass = 0;           // current pass over the images
  int64_t position = 0;       // images of that pass already used
  double loss_sum = 0;        // of the images of this epoch so far
  double loss_weight = 0;     // sum of their weights; their number, unless classes are weighted
  int64_t correct = 0, seen = 0;
  int phase = 0;            // 0: first; 1: second, after --warmup-epochs
  int64_t phase_start = 0;  // step at which the phase started
  int best_epoch = 0;       // 0: none yet
  double best_value = 0;    // of the monitored metric
  int since_best = 0;       // epochs since the best one, in this phase
  double rate_scale = 1;    // learning rate factor after plateaus
  int plateau = 0;          // epochs without improvement since the last reduction
  bool stopped_early = false;
  std::vector<EpochResult> history;
  // Fingerprints of the training and validation images; a resumed run must see the same ones.
  std::string data_fingerprint, val_fingerprint;
};

// `best`: values of the trained parameters at the best epoch; undefined if there is none yet.
void save_state(const std::filesystem::path& run, const RunState& state, ParameterArena& parameters,
                const Optimizer& optimizer, const Tensor& best);

// Removes checkpoints of a finished run: only the previous one, or all. Returns the bytes that they took.
uint64_t remove_states(const std::filesystem::path& run, bool all);

bool has_state(const std::filesystem::path& run);

// Loads the newest readable checkpoint. A damaged newest one is renamed to checkpoint.graft.damaged, so that it
// never replaces the good one. Throws Error (weights) if there is none.
struct SavedState {
  RunState state;
  Checkpoint checkpoint;
};
SavedState load_state(const std::filesystem::path& run, const Observers& observers);

// Fills weights, optimizer and `best`, which must match the phase of the state. Throws Error (weights) if the
// checkpoint belongs to another model.
void restore(const SavedState& saved, ParameterArena& parameters, Optimizer& optimizer, Tensor& best);

}  // namespace graft
