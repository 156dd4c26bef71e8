// How well a linear classifier does on the features of a frozen layer, measured on images that it was not fitted
// to. The regularisation strength is chosen inside the training images alone, by the loss in stratified folds.
#pragma once
#include "engine/metrics/prediction.h"
#include "engine/probe/features.h"

namespace graft {

struct FoldOptions {
  int folds = 5;
  uint64_t seed = 1;  // of the folds
  std::vector<int>
      group;  // of each row, from 0: rows of one group (a patient) share a fold; empty: each row is a group
};

struct ProbeResult {
  double strength = 0;                  // chosen; see LogisticRegression
  double fold_loss = 0;                 // mean loss in the folds at that strength
  int folds = 0;                        // used to choose the strength
  bool converged = true;                // did all fits converge?
  std::vector<Prediction> predictions;  // for the held-out rows, else for each row by the fold that held it out
};

// Without `held_out`, predictions come from the folds that chose the strength: as only one number was chosen, by
// the loss, they are only slightly optimistic. Throws Error (data) if the rows of a class belong to fewer than two
// groups (without groups: are fewer than two). There are at most as many folds as the smallest class has groups.
ProbeResult probe(const Labelled& train, const Labelled* held_out, const FoldOptions& options = {});

}  // namespace graft
