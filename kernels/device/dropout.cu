// Dropout without a mask in memory: Philox generates four numbers at once, a thread handles the four elements that
// they belong to, and the backward pass generates the same numbers again. The bits depend on seed and element
// alone.
#include "kernels/api/philox.h"
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) dropout_kernel(Dropout a, float scale, bool wide) {
  const int64_t block = global_thread(), i = 4 * block;
  const Philox4 bits = philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                               static_cast<uint32_t>(a.stream), static_cast<uint32_t>(a.stream >> 32)},
                              a.seed);
  const float4 random = {uniform01(bits[0]), uniform01(bits[1]), uniform01(bits[2]), uniform01(bits[3])};
  const float rate = a.rate;
  const auto keep = [=](float x, float u) { return u < rate ? 0.0f : x * scale; };
  store4(a.y, i, a.size, wide, map4(keep, load4(a.x, i, a.size, wide), random));
}

}  // namespace

void dropout(const Dropout& a, void*, Stream& stream) {
  launch<NoShared>(dropout_kernel, blocks_of_four(a.size), kThreads, stream, a, 1.0f / (1.0f - a.rate),
                   aligned4(0, a.x, a.y));
}

}  // namespace graft::DEVICE_NS
