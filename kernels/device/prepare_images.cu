// Bytes to the trunk's input. A thread takes four pixels: 12 bytes in, 12 floats out, so that both are wide
// accesses. The formula is bit-exact, hence the functions that keep the compiler from fusing a multiply and an add.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

template <class Args>
DEVICE float prepared(const Args& a, float byte, int c) {
  return __fdiv_rn(__fsub_rn(__fmul_rn(byte, a.scale), a.mean[c]), a.stddev[c]);
}

// Four pixels; zeros beyond the last.
template <class Args>
DEVICE void load_pixels(const Args& a, int64_t first, bool wide, uint8_t (&byte)[12]) {
  const int64_t size = 3 * a.pixels;
  if (wide && first + 12 <= size) {
    for (int i = 0; i < 3; ++i) {
      const uchar4 four = *reinterpret_cast<const uchar4*>(a.rgb + first + 4 * i);
      byte[4 * i] = four.x, byte[4 * i + 1] = four.y, byte[4 * i + 2] = four.z, byte[4 * i + 3] = four.w;
    }
  } else {
    for (int i = 0; i < 12; ++i) byte[i] = first + i < size ? a.rgb[first + i] : uint8_t{0};
  }
}

GLOBAL void __launch_bounds__(kThreads) prepare_images_kernel(PrepareImages a, bool wide) {
  const int64_t first = 12 * global_thread(), size = 3 * a.pixels;
  uint8_t byte[12];
  load_pixels(a, first, wide, byte);
  float value[12];
  for (int i = 0; i < 12; ++i) {
    const int c = i % 3, swapped = i - c + 2 - c;
    value[i] = prepared(a, a.bgr ? byte[swapped] : byte[i], c);
  }
  for (int i = 0; i < 12; i += 4)
    store4(a.x, first + i, size, wide, {value[i], value[i + 1], value[i + 2], value[i + 3]});
}

GLOBAL void __launch_bounds__(kThreads) prepare_images_bf16_kernel(PrepareImagesBf16 a, bool wide) {
  const int64_t pixel = 4 * global_thread();
  uint8_t byte[12];
  load_pixels(a, 3 * pixel, wide, byte);
  for (int i = 0; i < 4; ++i) {
    const uint8_t* rgb = byte + 3 * i;
    store4(a.x, 4 * (pixel + i), 4 * a.pixels, wide,
           {prepared(a, rgb[a.bgr ? 2 : 0], 0), prepared(a, rgb[1], 1), prepared(a, rgb[a.bgr ? 0 : 2], 2), 0});
  }
}

}  // namespace

void prepare_images(const PrepareImages& a, void*, Stream& stream) {
  const bool wide = aligned4(0, a.x) && reinterpret_cast<uintptr_t>(a.rgb) % 4 == 0;
  launch<NoShared>(prepare_images_kernel, blocks_of_four(a.pixels), kThreads, stream, a, wide);
}

void prepare_images_bf16(const PrepareImagesBf16& a, void*, Stream& stream) {
  const bool wide = aligned4(0, a.x) && reinterpret_cast<uintptr_t>(a.rgb) % 4 == 0;
  launch<NoShared>(prepare_images_bf16_kernel, blocks_of_four(a.pixels), kThreads, stream, a, wide);
}

}  // namespace graft::DEVICE_NS
