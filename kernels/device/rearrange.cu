// Kept simple, as its speed is secondary: a square in shared memory makes both sides of the transposition
// coalesced.
#include "kernels/device/rearrange.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int kSide = 32, kRows = 8;

struct Square {
  float v[kSide][kSide + 1];  // the odd row length spreads columns over the banks
};

GLOBAL void __launch_bounds__(kSide* kRows) transpose_kernel(Transpose a) {
  SHARED(Square, s);
  const int across = ceil_div(a.columns, kSide), x = threadIdx.x, tile = static_cast<int>(blockIdx.x);
  const int first_row = tile / across * kSide, first_column = tile % across * kSide;
  for (int y = threadIdx.y; y < kSide; y += kRows)
    if (first_row + y < a.rows && first_column + x < a.columns)
      s.v[y][x] = a.x[int64_t{first_row + y} * a.columns + first_column + x];
  __syncthreads();
  for (int y = threadIdx.y; y < kSide; y += kRows) {
    if (first_column + y >= a.columns || first_row + x >= a.rows) continue;
    float& to = a.y[int64_t{first_column + y} * a.rows + first_row + x];
    to = a.accumulate ? to + s.v[x][y] : s.v[x][y];
  }
}

GLOBAL void __launch_bounds__(kThreads) add_bias_kernel(AddBias a) {
  const int64_t i = global_thread();
  if (i >= a.rows * a.n) return;
  const float y = a.bias ? a.y[i] + a.bias[i % a.n] : a.y[i];
  a.y[i] = a.relu && y < 0 ? 0.0f : y;
}

}  // namespace

void transpose(const Transpose& a, Stream& stream) {
  const int64_t tiles = int64_t{ceil_div(a.rows, kSide)} * ceil_div(a.columns, kSide);
  launch<Square>(transpose_kernel, grid_of(tiles), dim3(kSide, kRows), stream, a);
}

void add_bias(const AddBias& a, Stream& stream) {
  launch<NoShared>(add_bias_kernel, grid_of(ceil_div<int64_t>(a.rows * a.n, kThreads)), kThreads, stream, a);
}

}  // namespace graft::DEVICE_NS
