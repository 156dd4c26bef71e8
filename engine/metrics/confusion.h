// Metrics that are functions of the confusion matrix alone.
#pragma once
#include "engine/metrics/scores.h"

namespace graft {

// Fills accuracy, balanced accuracy, macro F1, MCC, kappa, and precision, recall, specificity, F1 of each class.
void score_confusion(const Confusion& confusion, Scores& scores);

// of / all, undefined when there is nothing.
std::optional<double> share(double of, double all);

// The mean of one metric over all classes; undefined if it is undefined for one of them.
std::optional<double> macro(const Scores& scores, PerClass metric);

}  // namespace graft
