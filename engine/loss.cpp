#include "engine/loss.h"

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

// log softmax of one row.
std::vector<double> log_softmax(std::span<const float> row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float x : row) sum += std::exp(x - largest);
  std::vector<double> logs;
  for (const float x : row) logs.push_back(x - largest - std::log(sum));
  return logs;
}

}  // namespace

WeightedLoss weighted_softmax_loss(Tape& tape, const Var& logits, std::span<const int32_t> labels,
                                   const LossOptions& options) {
  const Shape& s = logits.value.shape();
  const size_t n = labels.size(), classes = size_t(s[1]);
  require(s.rank() == 2 && size_t(s[0]) == n, "weighted_softmax_loss: {} labels for {}", n, s.str());
  const std::vector<float> w =
      options.class_weights.empty() ? std::vector<float>(classes, 1) : options.class_weights;
  require(w.size() == classes, "{} class weights for {} classes", w.size(), classes);
  const std::vector<float> x = logits.value.to_host();
  const double share = options.smoothing / double(classes);

  WeightedLoss result;
  for (const int32_t label : labels) result.weight += w[size_t(label)];
  std::vector<float> losses(n), gradient(n * classes);
  result.probs.resize(n * classes);
  for (size_t i = 0; i < n; ++i) {
    const std::vector<double> logs = log_softmax(std::span(x).subspan(i * classes, classes));
    // The target of class c and what all targets of the row add up to.
    const auto target = [&](size_t c) {
      return share * w[c] + (int32_t(c) == labels[i] ? (1.0 - options.smoothing) * w[c] : 0.0);
    };
    double loss = 0, all = 0;
    for (size_t c = 0; c < classes; ++c) loss -= target(c) * logs[c], all += target(c);
    losses[i] = float(loss);
    for (size_t c = 0; c < classes; ++c) {
      const double p = std::exp(logs[c]);
      result.probs[i * classes + c] = float(p);
      gradient[i * classes + c] = float((p * all - target(c)) / result.weight);
    }
  }
  Device& device = logits.value.device();
  const Tensor dlogits = Tensor::from_host(device, s, std::span<const float>(gradient));
  result.loss = tape.record(Tensor::from_host(device, {int64_t(n)}, std::span<const float>(losses)), {logits},
                            [=](Tensor dy, Grads& grads) {
                              require(!dy.defined(), "weighted_softmax_loss must be the root of the tape");
                              grads.give(0, dlogits);
                            });
  return result;
}

}  // namespace graft
