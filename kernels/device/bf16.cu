// Conversion between f32 and bf16: memory-bound, four values per thread.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) to_bf16_kernel(ToBf16 a, bool wide) {
  const int64_t i = 4 * global_thread();
  store4(a.y, i, a.size, wide, load4(a.x, i, a.size, wide));
}

GLOBAL void __launch_bounds__(kThreads) from_bf16_kernel(FromBf16 a, bool wide) {
  const int64_t i = 4 * global_thread();
  store4(a.y, i, a.size, wide, load4(a.x, i, a.size, wide));
}

}  // namespace

void to_bf16(const ToBf16& a, void*, Stream& stream) {
  launch<NoShared>(to_bf16_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.x, a.y));
}

void from_bf16(const FromBf16& a, void*, Stream& stream) {
  launch<NoShared>(from_bf16_kernel, blocks_of_four(a.size), kThreads, stream, a, aligned4(0, a.x, a.y));
}

}  // namespace graft::DEVICE_NS
