// One step of gradient descent, with or without momentum, over the whole arena in one launch.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) sgd_kernel(Sgd a, bool wide) {
  const int64_t i = 4 * global_thread();
  const float4 w = load4(a.w, i, a.size, wide);
  float4 step = map4([=](float gradient, float weight) { return gradient + a.decay * weight; },
                     load4(a.g, i, a.size, wide), w);
  if (a.velocity) {
    step = map4([=](float velocity, float d) { return a.momentum * velocity + d; },
                load4(a.velocity, i, a.size, wide), step);
    store4(a.velocity, i, a.size, wide, step);
  }
  store4(a.w, i, a.size, wide, map4([=](float weight, float d) { return weight - a.lr * d; }, w, step));
}

}  // namespace

void sgd(const Sgd& a, void*, Stream& stream) {
  launch<NoShared>(sgd_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.w, a.velocity, a.g));
}

}  // namespace graft::DEVICE_NS
