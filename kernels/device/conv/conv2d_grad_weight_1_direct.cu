// conv2d_grad_weight, variant 1: one thread per weight walks over all output pixels. Rows are summed into images,
// images into the total: three short sums lose less precision than one long one. Supports any size.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

// Output positions that read the image at tap r: those p with 0 <= p * stride + r - pad < h.
struct Range {
  int begin, end;
};
DEVICE Range met(int tap, int pad, int stride, int size, int outputs) {
  const int before = pad - tap, begin = before > 0 ? ceil_div(before, stride) : 0;
  const int behind = size + before, end = behind > 0 ? ceil_div(behind, stride) : 0;
  return {begin, end < outputs ? end : outputs};
}

GLOBAL void __launch_bounds__(kThreads) conv2d_grad_weight_direct_kernel(Conv2dGradWeight a) {
  const Conv2dShape& at = a.at;
  const int64_t i = global_thread(), k = i % at.k, c = i / at.k % at.c;
  const int tap = static_cast<int>(i / at.k / at.c), r = tap / at.s, s = tap % at.s;
  if (r >= at.r) return;
  const Range p = met(r, at.pad, at.stride, at.h, at.p()), q = met(s, at.pad, at.stride, at.w, at.q());
  float total = 0;
  for (int64_t n = 0; n < at.n; ++n) {
    float image = 0;
    for (int64_t row = p.begin; row < p.end; ++row) {
      const float* x = a.x + (n * at.h + row * at.stride + r - at.pad) * at.w * at.c + c;
      const float* dy = a.dy + (n * at.p() + row) * at.q() * at.k + k;
      float sum = 0;
      for (int64_t col = q.begin; col < q.end; ++col)
        sum += x[(col * at.stride + s - at.pad) * at.c] * dy[col * at.k];
      image += sum;
    }
    total += image;
  }
  a.dw[i] = a.accumulate ? a.dw[i] + total : total;
}

BiasGrad bias_of(const Conv2dGradWeight& a) {
  return {a.at.n * a.at.p() * a.at.q(), a.at.k, a.dy, a.db, a.accumulate};
}

}  // namespace

size_t conv2d_grad_weight_direct_workspace(const Conv2dGradWeight& a) {
  return a.db ? bias_grad_workspace(bias_of(a)) : 0;
}

void conv2d_grad_weight_direct(const Conv2dGradWeight& a, void* workspace, Stream& stream) {
  launch<NoShared>(conv2d_grad_weight_direct_kernel, grid_of(ceil_div<int64_t>(a.at.w_size(), kThreads)), kThreads,
                   stream, a);
  if (a.db) bias_grad(bias_of(a), workspace, stream);
}

}  // namespace graft::DEVICE_NS
