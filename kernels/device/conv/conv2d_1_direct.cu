// conv2d, variant 1: one thread per output, straight from the definition. A warp shares its pixel, so that x is a
// broadcast and the reads of w are coalesced; both are read again for every output. Supports any size, f32 or bf16.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

DEVICE float widened(float v) { return v; }
DEVICE float widened(Bf16 v) { return f32_of(v); }
DEVICE void narrow(float v, float& to) { to = v; }
DEVICE void narrow(float v, Bf16& to) { to = bf16_of(v); }

// The output at p, q before pooling.
template <class Args>
DEVICE float output_at(const Args& a, int64_t n, int64_t p, int64_t q, int64_t k) {
  const Conv2dShape& at = a.at;
  float sum = a.bias ? a.bias[k] : 0.0f;
  for (int r = 0; r < at.r; ++r)
    for (int s = 0; s < at.s; ++s) {
      const int64_t h = p * at.stride + r - at.pad, w = q * at.stride + s - at.pad;
      if (h < 0 || h >= at.h || w < 0 || w >= at.w) continue;
      const auto* x = a.x + ((n * at.h + h) * at.w + w) * at.c;
      const auto* filter = a.w + (int64_t{r} * at.s + s) * at.c * at.k + k;
      for (int64_t c = 0; c < at.c; ++c) sum += widened(x[c]) * widened(filter[c * at.k]);
    }
  return a.relu && sum < 0 ? 0.0f : sum;
}

template <class Args>
GLOBAL void __launch_bounds__(kThreads) conv2d_direct_kernel(Args a) {
  const int64_t i = global_thread(), pixel = i / a.at.k, k = i % a.at.k;
  const int64_t p = pixel / a.cols() % a.rows(), q = pixel % a.cols(), n = pixel / a.cols() / a.rows();
  if (n >= a.at.n) return;
  float y;
  if (a.pool) {
    y = output_at(a, n, 2 * p, 2 * q, k);
    for (int part = 1; part < 4; ++part) y = larger(y, output_at(a, n, 2 * p + part / 2, 2 * q + part % 2, k));
  } else {
    y = output_at(a, n, p, q, k);
  }
  narrow(y, a.y[i]);
}

template <class Args>
void run(const Args& a, Stream& stream) {
  launch<NoShared>(conv2d_direct_kernel<Args>, grid_of(ceil_div<int64_t>(a.y_size(), kThreads)), kThreads, stream,
                   a);
}

}  // namespace

void conv2d_direct(const Conv2d& a, void*, Stream& stream) { run(a, stream); }
void conv2d_bf16_direct(const Conv2dBf16& a, void*, Stream& stream) { run(a, stream); }

}  // namespace graft::DEVICE_NS
