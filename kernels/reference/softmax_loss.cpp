// Softmax, cross-entropy and its gradient.
#include <algorithm>
#include <cmath>

#include "kernels/reference/reference.h"

namespace graft::reference {

void softmax_loss(const SoftmaxLoss& a) {
  for (int64_t i = 0; i < a.rows; ++i) {
    const float* x = a.logits + i * a.classes;
    const double largest = *std::max_element(x, x + a.classes);
    double sum = 0;
    for (int j = 0; j < a.classes; ++j) sum += std::exp(x[j] - largest);
    if (a.loss) a.loss[i] = static_cast<float>(std::log(sum) - (x[a.label[i]] - largest));
    for (int j = 0; j < a.classes; ++j) {
      const double prob = std::exp(x[j] - largest) / sum;
      if (a.probs) a.probs[i * a.classes + j] = static_cast<float>(prob);
      if (a.dlogits) a.dlogits[i * a.classes + j] = static_cast<float>(a.scale * (prob - (j == a.label[i])));
    }
  }
}

}  // namespace graft::reference
