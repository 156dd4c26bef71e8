// Calibration: the reliability diagram, and the temperature that fits a model's probabilities to a validation set
// (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
#pragma once
#include <span>
#include <vector>

#include "engine/metrics/prediction.h"

namespace graft {

constexpr int kReliabilityBins = 15;

// The bin (i/15, (i+1)/15] of a confidence, the largest probability of an image.
int reliability_bin(double confidence);

struct ReliabilityBin {
  int64_t count = 0;
  double confidence = 0, accuracy = 0;  // means over the bin's images; 0 when it has none
};
std::vector<ReliabilityBin> reliability(std::span<const Prediction> predictions);

// The T > 0 for which softmax(logits / T) has the lowest mean loss on these images, which must have logits:
// probabilities underflow at 1e-38, logits do not. Between 1/kMaxTemperature and kMaxTemperature: if every image is
// classified correctly, the best T would be 0. Throws Error (data) for no predictions.
constexpr double kMaxTemperature = 20;
double fit_temperature(std::span<const Prediction> predictions);

}  // namespace graft
