// Do probabilities mean what they say? The reliability diagram, and the temperature that makes a model's
// probabilities fit a validation set (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
#pragma once
#include <span>
#include <vector>

#include "engine/metrics/prediction.h"

namespace graft {

constexpr int kReliabilityBins = 15;

// Which bin (i/15, (i+1)/15] a confidence, the largest probability of an image, belongs to.
int reliability_bin(double confidence);

struct ReliabilityBin {
  int64_t count = 0;
  double confidence = 0, accuracy = 0;  // means over the bin's images; 0 when it has none
};
std::vector<ReliabilityBin> reliability(std::span<const Prediction> predictions);

// The T > 0 for which softmax(logits / T) has the lowest mean loss on these images, which must have their logits:
// probabilities end at 1e-38, logits do not. From 1/kMaxTemperature to kMaxTemperature: where every image is
// classified right, the best T would be 0. Throws Error (data) for no predictions.
constexpr double kMaxTemperature = 20;
double fit_temperature(std::span<const Prediction> predictions);

}  // namespace graft
