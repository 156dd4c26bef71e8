// conv2d_bf16 for the first layer, a pixel of four channels (three and a zero): the output dominates the traffic,
// 128 bytes for 8 read, so all that matters is to write it at memory speed. The neighbourhood of 16x32 pixels is
// loaded into shared memory once, the filters stay in registers as fragments for the whole life of a block. The
// inner index is ordered so that a lane's four values of a step are the four channels of one tap: one read of 8
// bytes.
#include "kernels/device/conv/bf16_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

constexpr int kC = 4, kSide = 3, kTaps = kSide * kSide;  // channels; filters are 3x3
constexpr int kRows = 16, kCols = 32, kFilters = 64;     // per block
constexpr int kSteps = 3;                                // of 16 inner values, four taps: 9 taps and 3 of zeros
using Tile = Bf16Tile<4, 1, 2, 2, 3>;                    // a warp has 32 pixels of a row

struct FirstLayerBf16 {
  alignas(16) Bf16 w[kSteps * 16 * kFilters];
  uint2 x[kRows + kSide - 1][kCols + kSide - 1];
  alignas(16) Bf16 y[Tile::kThreads / 32][kCols * kFilters];
};

DEVICE void load_filters(const Conv2dBf16& a, int first_k, Bf16* w) {
  for (int i = threadIdx.x; i < kSteps * 16 * kFilters / 8; i += Tile::kThreads) {
    const int row = i / (kFilters / 8), chunk = i % (kFilters / 8), k = first_k + chunk * 8;
    const bool there = row < kTaps * kC && k < a.at.k;
    *reinterpret_cast<uint4*>(w + swizzle_bf16(row, chunk, kFilters / 8)) =
        there ? *reinterpret_cast<const uint4*>(a.w + int64_t{row} * a.at.k + k) : uint4{0, 0, 0, 0};
  }
}

DEVICE void load_pixels(const Conv2dBf16& a, int64_t n, int first_p, int first_q, FirstLayerBf16& s) {
  constexpr int kWidth = kCols + kSide - 1;
  for (int i = threadIdx.x; i < (kRows + kSide - 1) * kWidth; i += Tile::kThreads) {
    const int h = first_p + i / kWidth - a.at.pad, w = first_q + i % kWidth - a.at.pad;
    const bool inside = h >= 0 && h < a.at.h && w >= 0 && w < a.at.w;
    s.x[i / kWidth][i % kWidth] =
        inside ? *reinterpret_cast<const uint2*>(a.x + ((n * a.at.h + h) * a.at.w + w) * kC) : uint2{0, 0};
  }
}

// Place p of a group has tap 4 * step + p: its channels 0 and 1 in the low half of the 16 inner values, 2 and 3 in
// the high half.
struct Filters {
  uint32_t b[kSteps][Tile::kSubN / 2][4];
  DEVICE explicit Filters(const Bf16* w) {
    const int matrix = threadIdx.x % 32 / 8, inner = threadIdx.x % 8;
#pragma unroll
    for (int step = 0; step < kSteps; ++step)
#pragma unroll
      for (int j = 0; j < Tile::kSubN / 2; ++j)
        ldmatrix_x4_trans(b[step][j], w + swizzle_bf16((step * 4 + inner / 2) * kC + matrix % 2 * 2 + inner % 2,
                                                       2 * j + matrix / 2, kFilters / 8));
  }
};

// Row `row` of the block's pixels.
DEVICE void multiply_row(const FirstLayerBf16& s, const Filters& filters, int row,
                         float (&sum)[Tile::kSubM][Tile::kSubN][4]) {
  const int group = threadIdx.x % 32 / 4, place = threadIdx.x % 4;
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    const int tap = step * 4 + place, r = tap / kSide, col = tap % kSide + group;
#pragma unroll
    for (int i = 0; i < Tile::kSubM; ++i) {
      const uint2 zero = {0, 0};
      const uint2 u = tap < kTaps ? s.x[row + r][col + i * 16] : zero;
      const uint2 v = tap < kTaps ? s.x[row + r][col + i * 16 + 8] : zero;
      const uint32_t left[4] = {u.x, v.x, u.y, v.y};
#pragma unroll
      for (int j = 0; j < Tile::kSubN; ++j) {
        const uint32_t(&b)[4] = filters.b[step][j / 2];
        const uint32_t right[2] = {b[j % 2 * 2], b[j % 2 * 2 + 1]};
        mma_m16n8k16_bf16(sum[i][j], left, right);
      }
    }
  }
}

GLOBAL void __launch_bounds__(Tile::kThreads, Tile::kBlocks)
    conv2d_bf16_first_layer_mma_kernel(Conv2dBf16 a, int rows, int cols) {
  SHARED(FirstLayerBf16, s);
  const int tiles_q = ceil_div(cols, kCols), tiles_p = ceil_div(rows, kRows);
  const int tile = static_cast<int>(blockIdx.x);
  const int first_q = tile % tiles_q * kCols, first_p = tile / tiles_q % tiles_p * kRows;
  const int first_k = static_cast<int>(blockIdx.y) * kFilters, filters_left = a.at.k - first_k;
  const int64_t n = tile / tiles_q / tiles_p;
  load_filters(a, first_k, s.w);
  load_pixels(a, n, first_p, first_q, s);
  __syncthreads();

  const Filters filters(s.w);
  const int warp = threadIdx.x / 32;
  for (int row = warp; row < kRows && first_p + row < rows; row += Tile::kThreads / 32) {
    float sum[Tile::kSubM][Tile::kSubN][4];
    start_from_bias<Tile>(a.bias ? a.bias + first_k : nullptr, filters_left, sum);
    multiply_row(s, filters, row, sum);
    gather_rows<Tile>(sum, a.relu, false, s.y[warp]);
    __syncwarp();
    Bf16* y = a.y + ((n * rows + first_p + row) * cols + first_q) * a.at.k + first_k;
    write_rows<Tile>(s.y[warp], y, min(kCols, cols - first_q), filters_left, a.at.k);
    __syncwarp();  // all lanes have read the row: it may be overwritten
  }
}

int64_t blocks_of(const Conv2dShape& at) {
  return int64_t{at.n} * ceil_div(at.p(), kRows) * ceil_div(at.q(), kCols);
}

}  // namespace

bool conv2d_bf16_first_layer_supports(const Conv2dBf16& a, const DeviceInfo&) {
  const auto aligned = [](const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; };
  return a.at.c == kC && a.at.r == kSide && a.at.s == kSide && a.at.stride == 1 && a.at.k % 8 == 0 && !a.pool &&
         aligned(a.x) && aligned(a.w) && aligned(a.y) && blocks_of(a.at) < int64_t{1} << 31;
}

void conv2d_bf16_first_layer(const Conv2dBf16& a, void*, Stream& stream) {
  launch<FirstLayerBf16>(conv2d_bf16_first_layer_mma_kernel, grid_of(blocks_of(a.at), ceil_div(a.at.k, kFilters)),
                         Tile::kThreads, stream, a, a.at.p(), a.at.q());
}

}  // namespace graft::DEVICE_NS
