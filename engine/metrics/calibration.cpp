#include "engine/metrics/calibration.h"

#include <algorithm>
#include <cmath>

#include "kernels/api/error.h"

namespace graft {
namespace {

// Derivative of one image's loss, that of softmax(beta * logits), with respect to beta.
double slope(const Prediction& p, double beta) {
  const double top = *std::max_element(p.logits.begin(), p.logits.end());
  double sum = 0, mean = 0;
  for (const float logit : p.logits) {
    const double q = std::exp(beta * (logit - top));
    sum += q, mean += q * (logit - top);
  }
  return mean / sum - (p.logits[size_t(p.label)] - top);
}

// The same over all images; it never decreases, since the loss is convex in beta.
double slope(std::span<const Prediction> predictions, double beta) {
  double sum = 0;
  for (const Prediction& p : predictions) sum += slope(p, beta);
  return sum;
}

}  // namespace

int reliability_bin(double confidence) {
  constexpr double kWidth = 1.0 / kReliabilityBins;
  int bin = 0;
  while (bin + 1 < kReliabilityBins && confidence > (bin + 1) * kWidth) ++bin;
  return bin;
}

std::vector<ReliabilityBin> reliability(std::span<const Prediction> predictions) {
  std::vector<ReliabilityBin> bins(kReliabilityBins);
  for (const Prediction& p : predictions) {
    const int predicted = p.predicted();
    const double confidence = p.probs[size_t(predicted)];
    ReliabilityBin& bin = bins[size_t(reliability_bin(confidence))];
    ++bin.count, bin.confidence += confidence, bin.accuracy += predicted == p.label;
  }
  for (ReliabilityBin& bin : bins)
    if (bin.count) bin.confidence /= double(bin.count), bin.accuracy /= double(bin.count);
  return bins;
}

double fit_temperature(std::span<const Prediction> predictions) {
  if (predictions.empty()) fail(Fault::data, "no validation image can be read: no temperature can be fitted");
  for (const Prediction& p : predictions)
    require(p.logits.size() == p.probs.size(), "a prediction has {} logits for {} classes", p.logits.size(),
            p.probs.size());
  double low = std::log(1 / kMaxTemperature), high = std::log(kMaxTemperature);  // of beta = 1/T
  if (slope(predictions, std::exp(low)) >= 0) return kMaxTemperature;
  if (slope(predictions, std::exp(high)) <= 0) return 1 / kMaxTemperature;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (slope(predictions, std::exp(middle)) < 0 ? low : high) = middle;
  }
  return std::exp(-(low + high) / 2);
}

}  // namespace graft
