// The mean over an image, and its gradient.
#include "kernels/device/column_sum.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(256) global_avgpool_kernel(GlobalAvgPool a) {
  SHARED(ColumnSums, s);
  const int64_t area = int64_t{a.h} * a.w;
  const int64_t channel = int64_t{blockIdx.x} * ColumnSums::kColumns + threadIdx.x;
  for (int64_t n = blockIdx.y; n < a.n; n += gridDim.y) {
    const float sum = column_sum(a.x, n * area, (n + 1) * area, a.c, s);
    if (threadIdx.y == 0 && channel < a.c) a.y[n * a.c + channel] = sum / static_cast<float>(area);
    __syncthreads();  // before the next image writes its parts
  }
}

GLOBAL void __launch_bounds__(kThreads) global_avgpool_grad_kernel(GlobalAvgPoolGrad a, bool wide) {
  const int64_t area = int64_t{a.h} * a.w, pixel = blockIdx.x, image = pixel / area;
  const auto share = [=](float dy) { return dy / static_cast<float>(area); };
  for (int64_t c = 4 * threadIdx.x; c < a.c; c += 4 * kThreads)
    store4(a.dx + pixel * a.c, c, a.c, wide, map4(share, load4(a.dy + image * a.c, c, a.c, wide)));
}

}  // namespace

void global_avgpool(const GlobalAvgPool& a, void*, Stream& stream) {
  launch<ColumnSums>(global_avgpool_kernel,
                     grid_of(ceil_div<int64_t>(a.c, ColumnSums::kColumns), a.n < 65535 ? a.n : 65535),
                     dim3(ColumnSums::kColumns, ColumnSums::kRows), stream, a);
}

void global_avgpool_grad(const GlobalAvgPoolGrad& a, void*, Stream& stream) {
  const int64_t pixels = int64_t{a.n} * a.h * a.w;
  launch<NoShared>(global_avgpool_grad_kernel, grid_of(pixels), kThreads, stream, a, aligned4(a.c, a.dy, a.dx));
}

}  // namespace graft::DEVICE_NS
