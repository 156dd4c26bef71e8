// ReLU and its gradient: memory-bound, so wide accesses are all that matters.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) relu_kernel(Relu a, bool wide) {
  const int64_t i = 4 * global_thread();
  const float4 x = load4(a.x, i, a.size, wide);
  store4(a.y, i, a.size, wide, map4([](float v) { return v < 0 ? 0.0f : v; }, x));
}

GLOBAL void __launch_bounds__(kThreads) relu_grad_kernel(ReluGrad a, bool wide) {
  const int64_t i = 4 * global_thread();
  const float4 y = load4(a.y, i, a.size, wide), dy = load4(a.dy, i, a.size, wide);
  store4(a.dx, i, a.size, wide, map4([](float out, float d) { return out > 0 ? d : 0.0f; }, y, dy));
}

}  // namespace

void relu(const Relu& a, void*, Stream& stream) {
  launch<NoShared>(relu_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.x, a.y));
}

void relu_grad(const ReluGrad& a, void*, Stream& stream) {
  launch<NoShared>(relu_grad_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.y, a.dy, a.dx));
}

}  // namespace graft::DEVICE_NS
