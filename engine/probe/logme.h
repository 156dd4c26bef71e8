// LogME (You, Liu, Wang, Long, "LogME: Practical Assessment of Pre-trained Models for Transfer Learning", ICML
// 2021): how well features of frozen layers suit a task, without training. For each class, the labels y [n] in {0,
// 1} are modelled as F w plus noise, with w ~ N(0, 1/alpha) and noise ~ N(0, 1/beta); the score is the log evidence
// of y at the best alpha and beta, over n, averaged over the classes. A weight that fits by chance costs evidence,
// so layers of different widths can be compared, and no split is needed.
#pragma once
#include "engine/probe/features.h"

namespace graft {

// Higher is better; comparable only within one data set. At least one row.
double logme(const Labelled& data);

}  // namespace graft
