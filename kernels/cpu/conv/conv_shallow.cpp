// Convolution of images, that is of at most four channels, with stride 1. A pixel is too short for a row of the
// micro-kernel's operand: instead, the S pixels under a row of the filter, adjacent in memory, are one run of S*C
// values, and neighbouring outputs read the same run C values further. So the padded rows of a task are copied as
// they are, and tiles of some pixels by some filters read them at offsets known at compile time. All filters (7 KB
// of VGG's first layer) stay in the L1 cache; the output is written once, in whole cache lines.
#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/tasks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/conv_shallow.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/conv/padded_row-inl.h"

#ifndef GRAFT_CPU_CONV_SHALLOW_ONCE
#define GRAFT_CPU_CONV_SHALLOW_ONCE
namespace graft::cpu {

constexpr int64_t kMaxChannels = 4;
constexpr int64_t kWidestPanel = 64;   // filters, for any target
constexpr int64_t kTaskPixels = 2048;  // of the output, whole rows, so that the rows of x fit the L1 cache

// Floats of a row of x that tiles of `tile` pixels read.
inline int64_t padded_row(const Conv2dShape& at, int64_t tile) {
  return (round_up(at.q(), tile) + at.s - 1) * at.c;
}

// Size of a panel of filters: the bias and the taps.
inline int64_t panel_rows(const Conv2dShape& at) { return 1 + int64_t{at.r} * at.s * at.c; }

}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// A tile in registers. In AVX-512 a pixel's 64 filters are written together, as four neighbouring cache lines.
constexpr int kPixels = HWY_TARGET == HWY_AVX3 ? 7 : kTileM, kVectors = HWY_TARGET == HWY_AVX3 ? 4 : 2;
constexpr int kFilters = kVectors * kLanes;
static_assert(kFilters <= kWidestPanel);

// kPixels output pixels by kFilters filters, all taps, to y; pixel
// 0 reads x[0 .. S*C) of each row. `panel` starts with the bias.
template <int C>
HWY_NOINLINE void shallow_tile(const Conv2d& a, const float* HWY_RESTRICT x, int64_t x_row,
                               const float* HWY_RESTRICT panel, float* HWY_RESTRICT y, int64_t y_step) {
  const Tag d;
  Vec sum[kPixels][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kPixels; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) sum[i][j] = hn::LoadU(d, panel + j * kLanes);
  panel += kFilters;
  for (int r = 0; r < a.at.r; ++r, x += x_row)
    for (int u = 0; u < a.at.s * C; ++u, panel += kFilters) {
      Vec b[kVectors];
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) b[j] = hn::LoadU(d, panel + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kPixels; ++i) {
        const Vec v = hn::Set(d, x[i * C + u]);
#pragma GCC unroll 4
        for (int j = 0; j < kVectors; ++j) sum[i][j] = hn::MulAdd(v, b[j], sum[i][j]);
      }
    }
#pragma GCC unroll 16
  for (int i = 0; i < kPixels; ++i, y += y_step)
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) {
      const Vec v = sum[i][j];
      hn::StoreU(a.relu ? hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v) : v, d, y + j * kLanes);  // a NaN stays NaN
    }
}

using ShallowTile = void (*)(const Conv2d&, const float*, int64_t, const float*, float*, int64_t);
inline constexpr ShallowTile kShallowTiles[kMaxChannels] = {shallow_tile<1>, shallow_tile<2>, shallow_tile<3>,
                                                            shallow_tile<4>};

// Output rows [p0, p1) of image n. scratch: their rows of x, then a tile.
void convolve_rows(const Conv2d& a, const float* packed, int64_t n, int64_t p0, int64_t p1, float* scratch) {
  const Conv2dShape& at = a.at;
  const int64_t x_row = padded_row(at, kPixels), q_size = at.q();
  for (int64_t i = 0; i < p1 - p0 + at.r - 1; ++i)
    copy_padded_row(at, a.x, n, p0 - at.pad + i, x_row, scratch + i * x_row);
  float* const part = scratch + (p1 - p0 + at.r - 1) * x_row;
  for (int64_t p = p0; p < p1; ++p)
    for (int64_t q = 0; q < q_size; q += kPixels)
      for (int64_t k = 0; k < at.k; k += kFilters) {
        const int64_t pixels = std::min<int64_t>(kPixels, q_size - q),
                      filters = std::min<int64_t>(kFilters, at.k - k);
        const bool whole = pixels == kPixels && filters == kFilters;
        float* const y = a.y + ((n * at.p() + p) * q_size + q) * at.k + k;
        kShallowTiles[at.c - 1](a, scratch + (p - p0) * x_row + q * at.c, x_row, packed + k * panel_rows(at),
                                whole ? y : part, whole ? at.k : kFilters);
        if (whole) continue;
        for (int64_t i = 0; i < pixels; ++i) copy_row(part + i * kFilters, filters, y + i * at.k);
      }
}

void shallow(const Conv2d& a, float* packed) {
  const Conv2dShape& at = a.at;
  for (int64_t k = 0; k < at.k; k += kFilters) {
    float* const panel = packed + k * panel_rows(at);
    const int64_t used = std::min<int64_t>(kFilters, at.k - k);
    clear_row(panel, kFilters);
    if (a.bias) copy_row(a.bias + k, used, panel);
    for (int64_t i = 1; i < panel_rows(at); ++i) {
      copy_row(a.w + (i - 1) * at.k + k, used, panel + i * kFilters);
      clear_row(panel + i * kFilters + used, kFilters - used);
    }
  }
  const int64_t blocks = ceil_div(at.p(), std::max<int64_t>(1, kTaskPixels / at.q()));
  const int64_t most_rows = ceil_div(at.p(), blocks) + at.r - 1;
  parallel_tasks(
      at.n * blocks, most_rows * padded_row(at, kPixels) + kPixels * kFilters, [&](int64_t task, float* scratch) {
        const int64_t block = task % blocks;
        convolve_rows(a, packed, task / blocks, block * at.p() / blocks, (block + 1) * at.p() / blocks, scratch);
      });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(shallow);

bool shallow_supports(const Conv2d& a, const DeviceInfo&) {
  return a.at.stride == 1 && a.at.c <= kMaxChannels && !a.pool;
}

size_t shallow_workspace(const Conv2d& a) {
  return static_cast<size_t>(round_up(a.at.k, kWidestPanel) * panel_rows(a.at)) * sizeof(float);
}

void conv2d_shallow(const Conv2d& a, void* workspace, Stream&) {
  HWY_DYNAMIC_DISPATCH(shallow)(a, static_cast<float*>(workspace));
}

}  // namespace graft::cpu
#endif
