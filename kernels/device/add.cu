// y += x, four at a time: where an activation fans out, its gradients meet here.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) add_kernel(Add a, bool wide) {
  const int64_t i = 4 * global_thread();
  const float4 x = load4(a.x, i, a.size, wide), y = load4(a.y, i, a.size, wide);
  store4(a.y, i, a.size, wide, map4([](float u, float v) { return u + v; }, x, y));
}

}  // namespace

void add(const Add& a, void*, Stream& stream) {
  launch<NoShared>(add_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.x, a.y));
}

}  // namespace graft::DEVICE_NS
