// Softmax and cross-entropy. The rows are a batch, the columns classes: a few thousand numbers in all, so this is
// plain code in double, which keeps the loss of a confident prediction (log of 1 + 1e-9) accurate.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {
namespace {

// Log-probabilities against a target, without the logarithm of the sum: sum of target(c) * (x[c] - max). `all` is
// the sum of the targets. Without smoothing the other classes are not read: 0 times an infinite logit would be NaN.
struct Target {
  double label, share;  // target of the label's class beyond its share; share of each class, times its weight
  double all = 0, score = 0;
};
Target target_of(const SoftmaxLoss& a, const float* x, double largest, int label) {
  const double smoothing = a.smoothing;
  Target t{(1 - smoothing) * (a.class_weight ? a.class_weight[label] : 1.0), smoothing / a.classes};
  t.all = t.label, t.score = t.label * (x[label] - largest);
  for (int64_t j = 0; t.share > 0 && j < a.classes; ++j) {
    const double share = t.share * (a.class_weight ? a.class_weight[j] : 1.0);
    t.all += share, t.score += share * (x[j] - largest);
  }
  return t;
}

void softmax_loss_row(const SoftmaxLoss& a, int64_t row) {
  const float* x = a.logits + row * a.classes;
  const double largest = *std::max_element(x, x + a.classes);
  double sum = 0;
  for (int64_t j = 0; j < a.classes; ++j) sum += std::exp(x[j] - largest);
  const int label = a.label ? a.label[row] : 0;
  const Target target = a.label ? target_of(a, x, largest, label) : Target{};
  if (a.loss) a.loss[row] = static_cast<float>(target.all * std::log(sum) - target.score);
  if (!a.probs && !a.dlogits) return;
  for (int64_t j = 0; j < a.classes; ++j) {
    const double prob = std::exp(x[j] - largest) / sum;
    const int64_t to = row * a.classes + j;
    if (a.probs) a.probs[to] = static_cast<float>(prob);
    if (!a.dlogits) continue;
    const double share = target.share * (a.class_weight ? a.class_weight[j] : 1.0);
    a.dlogits[to] = static_cast<float>(a.scale * (prob * target.all - (share + (j == label ? target.label : 0.0))));
  }
}

}  // namespace

void softmax_loss(const SoftmaxLoss& a, void*, Stream&) {
  constexpr int64_t kExpCost = 32;  // cost of an exp, in elements
  parallel_rows(a.rows, a.classes * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) softmax_loss_row(a, row);
  });
}

}  // namespace graft::cpu
