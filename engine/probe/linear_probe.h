// How well a linear classifier does on the features of a frozen layer, seen on images that it was not fitted to.
// The strength of its regularisation is chosen inside the training images alone, by the loss in stratified folds.
#pragma once
#include "engine/metrics/prediction.h"
#include "engine/probe/features.h"

namespace graft {

struct FoldOptions {
  int folds = 5;
  uint64_t seed = 1;       // of the folds
  std::vector<int> group;  // of each row, from 0: rows of one group (a patient) are in one fold; empty: one a row
};

struct ProbeResult {
  double strength = 0;                  // chosen; see LogisticRegression
  double fold_loss = 0;                 // mean loss in the folds at that strength
  int folds = 0;                        // that chose the strength
  bool converged = true;                // all fits behind the result
  std::vector<Prediction> predictions;  // for the held-out rows, else for each row by the fold that left it out
};

// Without `held_out`, predictions come from the folds that chose the strength: one number chosen by the loss, so
// what they flatter is little. Throws Error (data) if the rows of a class are of fewer groups than two (without
// groups: are fewer than two). Folds are no more than the groups of any class.
ProbeResult probe(const Labelled& train, const Labelled* held_out, const FoldOptions& options = {});

}  // namespace graft
