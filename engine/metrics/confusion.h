// Metrics that depend only on the confusion matrix.
#pragma once
#include "engine/metrics/scores.h"

namespace graft {

// Sets accuracy, balanced accuracy, macro F1, MCC, kappa, and precision, recall, specificity, F1 of each class.
void score_confusion(const Confusion& confusion, Scores& scores);

// of / all, undefined if `all` is 0.
std::optional<double> share(double of, double all);

// The mean of one metric over all classes; undefined if it is undefined for one of them.
std::optional<double> macro(const Scores& scores, PerClass metric);

}  // namespace graft
