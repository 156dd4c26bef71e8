// The norm of an arena in two launches: each block sums the squares of one part, a
// last block adds up the parts. All sums are doubles in a tree of fixed shape, and
// the parts depend on the size alone, so the bits do not depend on the device.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int64_t kStep = 4 * kThreads;  // elements that a block reads at once
constexpr int64_t kMaxParts = 1024;      // four blocks per SM of a large GPU; the last launch adds as many

struct Sums {
  double of_thread[kThreads];
};

// Elements of a part, a multiple of kStep.
HOST_DEVICE int64_t part_length(int64_t size) { return ceil_div(ceil_div(size, kStep), kMaxParts) * kStep; }

// Thread 0 gets the sum over the block.
DEVICE double block_sum(double sum, Sums& s) {
  s.of_thread[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned offset = kThreads / 2; offset > 0; offset /= 2) {
    if (threadIdx.x < offset) s.of_thread[threadIdx.x] += s.of_thread[threadIdx.x + offset];
    __syncthreads();
  }
  return s.of_thread[0];
}

DEVICE double square(float x) { return double{x} * x; }

GLOBAL void __launch_bounds__(kThreads) sum_squares_kernel(L2Norm a, int64_t length, double* parts, bool wide) {
  SHARED(Sums, s);
  const int64_t begin = int64_t{blockIdx.x} * length, end = begin + length < a.size ? begin + length : a.size;
  double sum = 0;
  for (int64_t i = begin + 4 * threadIdx.x; i < end; i += kStep) {
    const float4 x = load4(a.x, i, end, wide);
    sum += (square(x.x) + square(x.y)) + (square(x.z) + square(x.w));
  }
  sum = block_sum(sum, s);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

GLOBAL void __launch_bounds__(kThreads) norm_kernel(const double* parts, int count, float* norm) {
  SHARED(Sums, s);
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += kThreads) sum += parts[i];
  sum = block_sum(sum, s);
  if (threadIdx.x == 0) *norm = static_cast<float>(sqrt(sum));
}

}  // namespace

size_t l2_norm_workspace(const L2Norm& a) {
  return sizeof(double) * static_cast<size_t>(ceil_div(a.size, part_length(a.size)));
}

void l2_norm(const L2Norm& a, void* workspace, Stream& stream) {
  const int64_t length = part_length(a.size), parts = ceil_div(a.size, length);
  double* const sums = static_cast<double*>(workspace);
  launch<Sums>(sum_squares_kernel, grid_of(parts), kThreads, stream, a, length, sums, aligned4(0, a.x));
  launch<Sums>(norm_kernel, grid_of(1), kThreads, stream, sums, static_cast<int>(parts), a.norm);
}

}  // namespace graft::DEVICE_NS
