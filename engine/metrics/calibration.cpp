#include "engine/metrics/calibration.h"

#include <cfloat>
#include <cmath>

#include "kernels/api/error.h"

namespace graft {
namespace {

double log_prob(float p) { return std::log(std::max(p, FLT_MIN)); }

// Softmax of beta * log(p).
std::vector<double> sharpened(const Prediction& p, double beta) {
  std::vector<double> q(p.probs.size());
  const double top = beta * log_prob(p.probs[size_t(p.predicted())]);
  double sum = 0;
  for (size_t c = 0; c < q.size(); ++c) sum += q[c] = std::exp(beta * log_prob(p.probs[c]) - top);
  for (double& v : q) v /= sum;
  return q;
}

// Derivative of the summed loss by beta; it never falls, since the loss is convex in beta.
double slope(std::span<const Prediction> predictions, double beta) {
  double sum = 0;
  for (const Prediction& p : predictions) {
    const std::vector<double> q = sharpened(p, beta);
    sum -= log_prob(p.probs[size_t(p.label)]);
    for (size_t c = 0; c < q.size(); ++c) sum += q[c] * log_prob(p.probs[c]);
  }
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
  double low = std::log(1 / kMaxTemperature), high = std::log(kMaxTemperature);  // of beta = 1/T
  if (slope(predictions, std::exp(low)) >= 0) return kMaxTemperature;
  if (slope(predictions, std::exp(high)) <= 0) return 1 / kMaxTemperature;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (slope(predictions, std::exp(middle)) < 0 ? low : high) = middle;
  }
  return std::exp(-(low + high) / 2);
}

Prediction with_temperature(const Prediction& prediction, double temperature) {
  Prediction p = prediction;
  const std::vector<double> q = sharpened(prediction, 1 / temperature);
  for (size_t c = 0; c < q.size(); ++c) p.probs[c] = float(q[c]);
  p.loss = -std::log(std::max(q[size_t(p.label)], double(FLT_MIN)));
  return p;
}

}  // namespace graft
