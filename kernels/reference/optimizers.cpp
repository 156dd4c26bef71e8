// One step of each optimizer.
#include <cmath>

#include "kernels/reference/reference.h"

namespace graft::reference {

void adam(const Adam& a) {
  const double beta1 = a.beta1, beta2 = a.beta2, t = double(a.t);
  const double fix1 = 1 - std::pow(beta1, t), fix2 = 1 - std::pow(beta2, t);
  for (int64_t i = 0; i < a.size; ++i) {
    const double g = a.g[i] + double{a.decay} * a.w[i];
    const double m = beta1 * a.m[i] + (1 - beta1) * g;
    const double v = beta2 * a.v[i] + (1 - beta2) * g * g;
    const double step = a.form == EpsilonForm::keras ? std::sqrt(fix2) / fix1 * m / (std::sqrt(v) + a.eps)
                                                     : m / fix1 / (std::sqrt(v / fix2) + a.eps);
    a.w[i] = static_cast<float>(a.w[i] - a.lr * step);
    a.m[i] = static_cast<float>(m);
    a.v[i] = static_cast<float>(v);
  }
}

void sgd(const Sgd& a) {
  for (int64_t i = 0; i < a.size; ++i) {
    const double g = a.g[i] + double{a.decay} * a.w[i];
    const double velocity = a.velocity ? double{a.momentum} * a.velocity[i] + g : g;
    if (a.velocity) a.velocity[i] = static_cast<float>(velocity);
    a.w[i] = static_cast<float>(a.w[i] - a.lr * velocity);
  }
}

}  // namespace graft::reference
