// conv2d_grad_input, variant 1: one thread per element of dx gathers from all outputs that used it, without
// atomics. Supports any size.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) conv2d_grad_input_direct_kernel(Conv2dGradInput a) {
  const Conv2dShape& at = a.at;
  const int64_t i = global_thread(), c = i % at.c, pixel = i / at.c;
  const int64_t w = pixel % at.w, h = pixel / at.w % at.h, n = pixel / at.w / at.h;
  if (n >= at.n) return;
  float sum = 0;
  for (int r = 0; r < at.r; ++r)
    for (int s = 0; s < at.s; ++s) {
      const int64_t top = h + at.pad - r, left = w + at.pad - s, p = top / at.stride, q = left / at.stride;
      if (top < 0 || left < 0 || top % at.stride || left % at.stride || p >= at.p() || q >= at.q()) continue;
      const float* dy = a.dy + ((n * at.p() + p) * at.q() + q) * at.k;
      const float* filter = a.w + ((int64_t{r} * at.s + s) * at.c + c) * at.k;
      for (int64_t k = 0; k < at.k; ++k) sum += dy[k] * filter[k];
    }
  a.dx[i] = sum;
}

}  // namespace

void conv2d_grad_input_direct(const Conv2dGradInput& a, void*, Stream& stream) {
  launch<NoShared>(conv2d_grad_input_direct_kernel, grid_of(ceil_div<int64_t>(a.at.x_size(), kThreads)), kThreads,
                   stream, a);
}

}  // namespace graft::DEVICE_NS
