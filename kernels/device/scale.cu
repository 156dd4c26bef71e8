// x *= factor, four at a time. Multiplied in double, which costs little next to the traffic: one rounding, and a
// factor close to 1 keeps its digits.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) scale_kernel(Scale a, bool wide) {
  const int64_t i = 4 * global_thread();
  const double factor = a.factor;
  store4(a.x, i, a.size, wide,
         map4([=](float x) { return static_cast<float>(factor * x); }, load4(a.x, i, a.size, wide)));
}

}  // namespace

void scale(const Scale& a, void*, Stream& stream) {
  launch<NoShared>(scale_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.x));
}

}  // namespace graft::DEVICE_NS
