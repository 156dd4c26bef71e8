// conv2d, rung 1: a thread for each output, straight from the definition. A warp shares its pixel, so that x is a
// broadcast and the reads of w are coalesced; both are read again for every output. Takes any size.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) conv2d_direct_kernel(Conv2d a) {
  const Conv2dShape& at = a.at;
  const int64_t i = global_thread(), pixel = i / at.k, k = i % at.k;
  const int64_t p = pixel / at.q() % at.p(), q = pixel % at.q(), n = pixel / at.q() / at.p();
  if (n >= at.n) return;
  float sum = a.bias ? a.bias[k] : 0.0f;
  for (int r = 0; r < at.r; ++r)
    for (int s = 0; s < at.s; ++s) {
      const int64_t h = p * at.stride + r - at.pad, w = q * at.stride + s - at.pad;
      if (h < 0 || h >= at.h || w < 0 || w >= at.w) continue;
      const float* x = a.x + ((n * at.h + h) * at.w + w) * at.c;
      const float* filter = a.w + (int64_t{r} * at.s + s) * at.c * at.k + k;
      for (int64_t c = 0; c < at.c; ++c) sum += x[c] * filter[c * at.k];
    }
  a.y[i] = a.relu && sum < 0 ? 0.0f : sum;
}

}  // namespace

void conv2d_direct(const Conv2d& a, void*, Stream& stream) {
  launch<NoShared>(conv2d_direct_kernel, dim3(static_cast<unsigned>(ceil_div(a.at.y_size(), int64_t{kThreads}))),
                   kThreads, stream, a);
}

}  // namespace graft::DEVICE_NS
