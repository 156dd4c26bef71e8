// gemm, variant 2: a block copies a square of a and of b into shared memory and every thread uses all of its row
// and column. Compared with variant 1 each value is read from memory once per tile instead of once per use: 16
// times less traffic. The limit then is shared memory itself: two reads per multiplication.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int kSide = 16;

struct Squares {
  float a[kSide][kSide + 1], b[kSide][kSide + 1];  // the odd row length spreads columns over the banks
};

GLOBAL void __launch_bounds__(kSide* kSide) gemm_tiled_kernel(Gemm g) {
  SHARED(Squares, s);
  const int x = threadIdx.x, y = threadIdx.y, tiles = ceil_div(g.n, kSide);
  const int first_row = static_cast<int>(blockIdx.x) / tiles * kSide, row = first_row + y;
  const int first_column = static_cast<int>(blockIdx.x) % tiles * kSide, column = first_column + x;
  float sum = 0;
  for (int first = 0; first < g.k; first += kSide) {
    // Neighbours in x read neighbours in memory, so a transposed operand is copied with x and y swapped.
    const int ai = first_row + (g.ta ? x : y), ak = first + (g.ta ? y : x);
    const float left = ai < g.m && ak < g.k ? g.a[g.ta ? int64_t{ak} * g.m + ai : int64_t{ai} * g.k + ak] : 0.0f;
    (g.ta ? s.a[x][y] : s.a[y][x]) = left;
    const int bj = first_column + (g.tb ? y : x), bk = first + (g.tb ? x : y);
    const float right = bj < g.n && bk < g.k ? g.b[g.tb ? int64_t{bj} * g.k + bk : int64_t{bk} * g.n + bj] : 0.0f;
    (g.tb ? s.b[x][y] : s.b[y][x]) = right;
    __syncthreads();
    for (int k = 0; k < kSide; ++k) sum += s.a[y][k] * s.b[k][x];
    __syncthreads();
  }
  if (row >= g.m || column >= g.n) return;
  float& c = g.c[int64_t{row} * g.n + column];
  if (g.bias) sum += g.bias[column];
  if (g.accumulate) sum += c;
  c = g.relu && sum < 0 ? 0.0f : sum;
}

}  // namespace

void gemm_tiled(const Gemm& a, void*, Stream& stream) {
  const int64_t tiles = int64_t{ceil_div(a.m, kSide)} * ceil_div(a.n, kSide);
  launch<Squares>(gemm_tiled_kernel, grid_of(tiles), dim3(kSide, kSide), stream, a);
}

}  // namespace graft::DEVICE_NS
