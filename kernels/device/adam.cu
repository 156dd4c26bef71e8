// One Adam step over the whole arena in one launch: 28 bytes are moved per parameter and nothing is computed twice.
// Values that depend on the step alone are computed on the host, in double.
#include <cmath>

#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

// w -= rate * m / (sqrt(v * stretch) + eps): both forms of epsilon.
struct AdamStep {
  float rate, stretch;
};

GLOBAL void __launch_bounds__(kThreads) adam_kernel(Adam a, AdamStep step, bool wide) {
  const int64_t i = 4 * global_thread();
  const float4 w = load4(a.w, i, a.size, wide);
  const float4 g = map4([=](float gradient, float weight) { return gradient + a.decay * weight; },
                        load4(a.g, i, a.size, wide), w);
  const float4 m =
      map4([=](float mean, float d) { return a.beta1 * mean + (1 - a.beta1) * d; }, load4(a.m, i, a.size, wide), g);
  const float4 v = map4([=](float square, float d) { return a.beta2 * square + (1 - a.beta2) * d * d; },
                        load4(a.v, i, a.size, wide), g);
  const auto move = [=](float weight, float mean, float square) {
    return weight - step.rate * mean / (sqrtf(square * step.stretch) + a.eps);
  };
  store4(a.w, i, a.size, wide, map4(move, w, m, v));
  store4(a.m, i, a.size, wide, m);
  store4(a.v, i, a.size, wide, v);
}

}  // namespace

void adam(const Adam& a, void*, Stream& stream) {
  const double fix1 = 1 - std::pow(double{a.beta1}, double(a.t)), fix2 = 1 - std::pow(double{a.beta2}, double(a.t));
  AdamStep step = {static_cast<float>(a.lr / fix1), static_cast<float>(1 / fix2)};
  if (a.form == EpsilonForm::keras) step = {static_cast<float>(a.lr * std::sqrt(fix2) / fix1), 1};
  launch<NoShared>(adam_kernel, blocks_of_four(a.size), kThreads, stream, a, step, aligned4(0, a.w, a.m, a.v, a.g));
}

}  // namespace graft::DEVICE_NS
