// How far a run has come: everything that a checkpoint holds besides weights and optimizer state. Random numbers,
// learning rates and the order of images are functions of the seed and of these counts, so a resumed run gives the
// same bits.
#pragma once

#include "engine/optimizer.h"
#include "tools/events/observer.h"
#include "tools/run/history.h"
#include "weights/checkpoint.h"

namespace graft {

struct RunState {
  int epoch = 1;              // the one in work, from 1
  int64_t step_in_epoch = 0;  // done
  int64_t step = 0;           // done since the start
  int64_t pass = 0;           // over the images
  int64_t position = 0;       // in the order of that pass
  double loss_sum = 0;        // over the images of this epoch so far
  double loss_weight = 0;     // their weights: their number, unless classes are weighted
  int64_t correct = 0, seen = 0;
  int phase = 0;            // 0: the first; 1: behind --warmup-epochs
  int64_t phase_start = 0;  // the step that it began with
  int best_epoch = 0;       // 0: none yet
  double best_value = 0;    // of what --monitor says
  int since_best = 0;       // epochs, in this phase
  double rate_scale = 1;    // what plateaus have left of the learning rate
  int plateau = 0;          // epochs without a better value since the last fall
  bool stopped_early = false;
  std::vector<EpochResult> history;
  // Of the training and validation images, names and contents: a resumed run must see the same ones.
  std::string data_fingerprint, val_fingerprint;
};

// `best`: values of the trained parameters at the best epoch; undefined if there was none.
void save_state(const std::filesystem::path& run, const RunState& state, ParameterArena& parameters,
                const Optimizer& optimizer, const Tensor& best);

// Of a run that has ended: the generation before the newest, or all. Returns the bytes that they took.
uint64_t remove_states(const std::filesystem::path& run, bool all);

bool has_state(const std::filesystem::path& run);

// The newest generation that is whole and can be read. A damaged newest one is put aside as
// checkpoint.graft.damaged, so that it never takes the place of the good one. Throws Error (weights) if there is
// none.
struct SavedState {
  RunState state;
  Checkpoint checkpoint;
};
SavedState load_state(const std::filesystem::path& run, const Observers& observers);

// Fills weights, optimizer and `best`, which are those of the phase of the state. Throws Error (weights) if the
// checkpoint is of another model.
void restore(const SavedState& saved, ParameterArena& parameters, Optimizer& optimizer, Tensor& best);

}  // namespace graft
