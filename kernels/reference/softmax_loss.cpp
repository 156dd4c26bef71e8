// Softmax, cross-entropy and its gradient.
#include <algorithm>
#include <cmath>

#include "kernels/reference/reference.h"

namespace graft::reference {
namespace {

double target(const SoftmaxLoss& a, int64_t row, int c) {
  const double weight = a.class_weight ? a.class_weight[c] : 1.0, smoothing = a.smoothing;
  return smoothing / a.classes * weight + (c == a.label[row] ? (1 - smoothing) * weight : 0.0);
}

void softmax_loss_row(const SoftmaxLoss& a, int64_t row) {
  const float* x = a.logits + row * a.classes;
  const double largest = *std::max_element(x, x + a.classes);
  double sum = 0, targets = 0, loss = 0;
  for (int c = 0; c < a.classes; ++c) sum += std::exp(x[c] - largest);
  for (int c = 0; a.label && c < a.classes; ++c) {
    const double t = target(a, row, c);
    targets += t;
    if (t != 0) loss += t * (std::log(sum) - (x[c] - largest));
  }
  if (a.loss) a.loss[row] = static_cast<float>(loss);
  for (int c = 0; c < a.classes; ++c) {
    const double prob = std::exp(x[c] - largest) / sum;
    if (a.probs) a.probs[row * a.classes + c] = static_cast<float>(prob);
    if (a.dlogits)
      a.dlogits[row * a.classes + c] = static_cast<float>(a.scale * (prob * targets - target(a, row, c)));
  }
}

}  // namespace

void softmax_loss(const SoftmaxLoss& a) {
  for (int64_t row = 0; row < a.rows; ++row) softmax_loss_row(a, row);
}

}  // namespace graft::reference
