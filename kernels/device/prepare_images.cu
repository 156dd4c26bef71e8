// Bytes to what the trunk was trained on. A thread takes four pixels: 12 bytes in, 12 floats out, so that both are
// wide accesses. The formula is exact to the bit, hence the functions that keep the compiler from fusing a multiply
// and an add.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

DEVICE float prepared(const PrepareImages& a, float byte, int c) {
  return __fdiv_rn(__fsub_rn(__fmul_rn(byte, a.scale), a.mean[c]), a.stddev[c]);
}

GLOBAL void __launch_bounds__(kThreads) prepare_images_kernel(PrepareImages a, bool wide) {
  const int64_t first = 12 * global_thread(), size = 3 * a.pixels;
  uint8_t byte[12] = {};
  if (wide && first + 12 <= size) {
    for (int i = 0; i < 3; ++i) {
      const uchar4 four = *reinterpret_cast<const uchar4*>(a.rgb + first + 4 * i);
      byte[4 * i] = four.x, byte[4 * i + 1] = four.y, byte[4 * i + 2] = four.z, byte[4 * i + 3] = four.w;
    }
  } else {
    for (int i = 0; i < 12 && first + i < size; ++i) byte[i] = a.rgb[first + i];
  }
  float value[12];
  for (int i = 0; i < 12; ++i) {
    const int c = i % 3, swapped = i - c + 2 - c;
    value[i] = prepared(a, a.bgr ? byte[swapped] : byte[i], c);
  }
  for (int i = 0; i < 12; i += 4)
    store4(a.x, first + i, size, wide, {value[i], value[i + 1], value[i + 2], value[i + 3]});
}

}  // namespace

void prepare_images(const PrepareImages& a, void*, Stream& stream) {
  const bool wide = aligned4(0, a.x) && reinterpret_cast<uintptr_t>(a.rgb) % 4 == 0;
  launch<NoShared>(prepare_images_kernel, blocks_of_four(a.pixels), kThreads, stream, a, wide);
}

}  // namespace graft::DEVICE_NS
