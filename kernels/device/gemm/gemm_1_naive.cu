// gemm, variant 1: one thread per element of c, straight from the definition. Neighbouring threads have
// neighbouring columns, so that reads of b and writes of c are coalesced; every value is read from memory again for
// every use. Supports any size: the fallback for sizes that the other variants refuse.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) gemm_naive_kernel(Gemm a) {
  const int64_t i = global_thread(), row = i / a.n, column = i % a.n;
  if (row >= a.m) return;
  const float* left = a.ta ? a.a + row : a.a + row * a.k;
  const float* right = a.tb ? a.b + column * a.k : a.b + column;
  const int64_t left_step = a.ta ? a.m : 1, right_step = a.tb ? 1 : a.n;
  float sum = 0;
  for (int64_t l = 0; l < a.k; ++l) sum += left[l * left_step] * right[l * right_step];
  if (a.bias) sum += a.bias[column];
  if (a.accumulate) sum += a.c[i];
  a.c[i] = a.relu && sum < 0 ? 0.0f : sum;
}

}  // namespace

void gemm_naive(const Gemm& a, void*, Stream& stream) {
  launch<NoShared>(gemm_naive_kernel, grid_of(ceil_div<int64_t>(int64_t{a.m} * a.n, kThreads)), kThreads, stream,
                   a);
}

}  // namespace graft::DEVICE_NS
