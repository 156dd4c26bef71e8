// Thresholds for two classes, chosen on validation images and applied once to test images; and the ROC curve.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/metrics/prediction.h"

namespace graft {

// An image is called positive if its probability of the class `positive` is at least the threshold.
struct OperatingPoint {
  std::string rule;  // how it was chosen, for people
  int positive = 1;
  double threshold = 0.5;
};

// Where sensitivity + specificity is largest (Youden 1950), and the highest thresholds whose sensitivity is at
// least 0.90 and 0.95. A threshold lies midway between two neighbouring probabilities. Empty unless both classes
// occur.
std::vector<OperatingPoint> choose_operating_points(std::span<const Prediction> validation, int positive);

struct PointScores {
  std::optional<double> sensitivity, specificity, ppv, npv;  // undefined if the divisor is 0
};
// Prediction i counts times[i] times; no times: once each.
PointScores score_at(const OperatingPoint& point, std::span<const Prediction> predictions,
                     std::span<const uint32_t> times = {});

struct RocPoint {
  double false_positive_rate = 0, true_positive_rate = 0;
};
// One class against the rest, from (0,0) to (1,1), without points on the line between their neighbours. Empty if
// the curve is undefined.
std::vector<RocPoint> roc_curve(std::span<const Prediction> predictions, int positive);

}  // namespace graft
