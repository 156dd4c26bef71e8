// conv2d for the first layer, three channels: an inner index of 27 is too short for implicit GEMM, three channels
// are not four, and the output dominates the traffic. So all filters of a block stay in shared memory, a thread
// keeps 4 pixels x 4 filters and the pixels' neighbourhood in registers, and a warp writes whole rows of 64
// filters.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int kC = 3, kSide = 3;                           // channels; filters are 3x3
constexpr int kFilters = 64, kCols = 32, kRows = 8;        // per block: filters, and output pixels
constexpr int kThreadsFirst = kFilters / 4 * (kCols / 4);  // 16 along the filters x 8 along the pixels
constexpr int kRow = (kCols + kSide - 1) * kC;             // floats of a row of x

struct FirstLayer {
  float w[kSide * kSide * kC][kFilters];
  float x[kSide][kRow];
};

// The three rows of x around output row p, zero outside of the image.
DEVICE void load_rows(const Conv2d& a, int64_t n, int p, int first_q, FirstLayer& s) {
  for (int i = threadIdx.x; i < kSide * kRow; i += kThreadsFirst) {
    const int h = p + i / kRow - a.at.pad, w = first_q + i % kRow / kC - a.at.pad;
    const bool inside = h >= 0 && h < a.at.h && w >= 0 && w < a.at.w;
    s.x[i / kRow][i % kRow] = inside ? a.x[((n * a.at.h + h) * a.at.w + w) * kC + i % kC] : 0.0f;
  }
}

DEVICE void store_pooled(const Conv2d& a, int64_t n, int p, int q, int k, int rows, int cols, bool wide,
                         const float4 (&sum)[4], float4 (&above)[2]) {
#pragma unroll
  for (int j = 0; j < 2; ++j) {
    const float4 v = map4([](float x, float y) { return larger(x, y); }, sum[2 * j], sum[2 * j + 1]);
    if (p % 2 == 0) {
      above[j] = v;
    } else if (q + 2 * j + 1 < cols) {
      const auto finish = [&](float x, float y) { return a.relu && larger(x, y) < 0 ? 0.0f : larger(x, y); };
      const int64_t window = (n * (rows / 2) + p / 2) * (cols / 2) + q / 2 + j;
      store4(a.y + window * a.at.k, k, a.at.k, wide, map4(finish, above[j], v));
    }
  }
}

GLOBAL void __launch_bounds__(kThreadsFirst) conv2d_first_layer_kernel(Conv2d a, int rows, int cols, bool wide) {
  SHARED(FirstLayer, s);
  const int tiles_q = ceil_div(cols, kCols), tiles_p = ceil_div(rows, kRows);
  const int first_q = static_cast<int>(blockIdx.x) % tiles_q * kCols;
  const int first_p = static_cast<int>(blockIdx.x) / tiles_q % tiles_p * kRows;
  const int64_t n = static_cast<int>(blockIdx.x) / tiles_q / tiles_p;
  const int first_k = blockIdx.y * kFilters, lane = threadIdx.x % 16, pixel = threadIdx.x / 16 * 4;
  const int k = first_k + lane * 4;
  for (int i = threadIdx.x; i < kSide * kSide * kC * kFilters; i += kThreadsFirst) {
    const int filter = first_k + i % kFilters;
    s.w[i / kFilters][i % kFilters] = filter < a.at.k ? a.w[int64_t{i / kFilters} * a.at.k + filter] : 0.0f;
  }
  const float4 bias = a.bias ? load4(a.bias, k, a.at.k, wide) : float4{0, 0, 0, 0};

  float4 above[2];  // with a pool: the maxima of two windows in an even row, until the odd row follows
  for (int p = first_p; p < first_p + kRows && p < rows; ++p) {
    __syncthreads();  // the previous rows are no longer read
    load_rows(a, n, p, first_q, s);
    __syncthreads();
    float4 sum[4] = {bias, bias, bias, bias};
#pragma unroll
    for (int r = 0; r < kSide; ++r) {
      float x[(4 + kSide - 1) * kC];
#pragma unroll
      for (int i = 0; i < (4 + kSide - 1) * kC; ++i) x[i] = s.x[r][pixel * kC + i];
#pragma unroll
      for (int i = 0; i < kSide * kC; ++i) {  // (s,c)
        const float4 w = *reinterpret_cast<const float4*>(&s.w[r * kSide * kC + i][lane * 4]);
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          const float v = x[j * kC + i];
          sum[j].x += v * w.x, sum[j].y += v * w.y, sum[j].z += v * w.z, sum[j].w += v * w.w;
        }
      }
    }
    if (a.pool) {
      store_pooled(a, n, p, first_q + pixel, k, rows, cols, wide, sum, above);
      continue;
    }
    const auto clamp = [=](float v) { return a.relu && v < 0 ? 0.0f : v; };
#pragma unroll
    for (int j = 0; j < 4; ++j)
      if (const int q = first_q + pixel + j; q < cols)
        store4(a.y + ((n * rows + p) * cols + q) * a.at.k, k, a.at.k, wide, map4(clamp, sum[j]));
  }
}

int64_t blocks_of(const Conv2dShape& at) {
  return int64_t{at.n} * ceil_div(at.p(), kRows) * ceil_div(at.q(), kCols);
}

}  // namespace

bool conv2d_first_layer_supports(const Conv2d& a, const DeviceInfo&) {
  return a.at.c == kC && a.at.r == kSide && a.at.s == kSide && a.at.stride == 1 &&
         blocks_of(a.at) < int64_t{1} << 31;
}

void conv2d_first_layer(const Conv2d& a, void*, Stream& stream) {
  launch<FirstLayer>(conv2d_first_layer_kernel, grid_of(blocks_of(a.at), ceil_div<int64_t>(a.at.k, kFilters)),
                     kThreadsFirst, stream, a, a.at.p(), a.at.q(), aligned4(a.at.k, a.bias, a.y));
}

}  // namespace graft::DEVICE_NS
