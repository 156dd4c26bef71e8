// LogME (You, Liu, Wang, Long, "LogME: Practical Assessment of Pre-trained Models for Transfer Learning", ICML
// 2021): how well features of frozen layers suit a task, without training anything. For each class, the labels
// y [n] in {0, 1} are seen as F w plus noise, with w ~ N(0, 1/alpha) and noise ~ N(0, 1/beta); the score is the
// logarithm of the probability of y (the evidence) at the best alpha and beta, over n, averaged over the classes.
// A weight that fits by chance costs evidence, so that widths of layers can be compared, and no split is needed.
#pragma once
#include "engine/probe/features.h"

namespace graft {

// Higher is better; of use in comparisons on one data set only. At least one row.
double logme(const Labelled& data);

}  // namespace graft
