// Softmax and cross-entropy. The rows are a batch, the columns classes: a few thousand numbers in all, so this is
// plain code in double, which keeps the loss of a sure prediction (log of 1 + 1e-9) exact.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {
namespace {

void softmax_loss_row(const SoftmaxLoss& a, int64_t row) {
  const float* x = a.logits + row * a.classes;
  const double largest = *std::max_element(x, x + a.classes);
  double sum = 0;
  for (int64_t j = 0; j < a.classes; ++j) sum += std::exp(x[j] - largest);
  if (a.loss) a.loss[row] = static_cast<float>(std::log(sum) - (x[a.label[row]] - largest));
  if (!a.probs && !a.dlogits) return;
  for (int64_t j = 0; j < a.classes; ++j) {
    const double prob = std::exp(x[j] - largest) / sum;
    const int64_t to = row * a.classes + j;
    if (a.probs) a.probs[to] = static_cast<float>(prob);
    if (a.dlogits) a.dlogits[to] = static_cast<float>(a.scale * (prob - (j == a.label[row])));
  }
}

}  // namespace

void softmax_loss(const SoftmaxLoss& a, void*, Stream&) {
  constexpr int64_t kExpCost = 32;  // elements' worth of time in an exp
  parallel_rows(a.rows, a.classes * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) softmax_loss_row(a, row);
  });
}

}  // namespace graft::cpu
