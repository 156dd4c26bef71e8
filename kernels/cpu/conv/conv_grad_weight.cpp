// The gradient of the filters as a sum of outer products: a tile of kTileC input channels (at one tap) by kTileN
// filters lives in registers while the sum runs over a block of pixels. A task is 64 channels by 64 filters over
// its share of the image rows; the shares are set by sizes alone and added in order at the end. Both operands are
// packed a block of rows at a time, zero padded, in strips as wide as a tile. db is computed from the packed dy.
#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/tasks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/conv_grad_weight.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/conv/padded_row-inl.h"

#ifndef GRAFT_CPU_CONV_GRAD_WEIGHT_ONCE
#define GRAFT_CPU_CONV_GRAD_WEIGHT_ONCE
namespace graft::cpu {

constexpr int64_t kBlockC = 64, kBlockK = 64;
constexpr int64_t kStrip = 8;        // channels that are packed side by side
constexpr int64_t kSumPixels = 224;  // per block: enough to amortise loading and storing the tile, and few enough
                                     // for the L2 cache and for the rounding of a sum in order
constexpr int64_t kTasks = 32;       // minimum, if there are enough rows

// How the sum is divided, by sizes alone. The sums of a task: [strip][r][u][kBlockK], u = s * strip_width + c, and
// a last row of kBlockK for db.
struct Cut {
  int64_t blocks_c, blocks_k, shares;
  int64_t row_blocks, most_rows;  // per image
  int64_t strip_width, strips, u;
  int64_t sums;  // floats per task
};
inline Cut cut_of(const Conv2dShape& at) {
  Cut cut;
  cut.blocks_c = ceil_div(at.c, kBlockC), cut.blocks_k = ceil_div(at.k, kBlockK);
  const int64_t rows = std::clamp<int64_t>(kSumPixels / at.q(), 2, std::max(2, at.p()));
  cut.row_blocks = ceil_div(at.p(), rows);
  cut.most_rows = ceil_div(at.p(), cut.row_blocks);
  cut.shares = std::clamp<int64_t>(kTasks / (cut.blocks_c * cut.blocks_k), 1, at.n * cut.row_blocks);
  // With few channels one strip holds all of them, so that neighbouring taps are also neighbours in memory.
  cut.strip_width = std::min<int64_t>(kStrip, at.c);
  cut.strips = at.c < kStrip ? 1 : kBlockC / kStrip;
  cut.u = at.s * cut.strip_width;
  cut.sums = (cut.strips * at.r * cut.u + 1) * kBlockK;
  return cut;
}

}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Its accumulators, two vectors of dy and a broadcast value fit 32 registers (AVX-512) or 16.
constexpr int kTileC = HWY_TARGET == HWY_AVX3 ? 12 : 6;

// A block of rows in the layout that the tiles read.
struct Pixels {
  int64_t rows, cols;
  int64_t x_row, x_step;  // floats from row to row and from pixel to pixel of the strip
  int64_t dy_step;        // from pixel to pixel; rows follow each other
};

// sums[i * kBlockK + j] (+)= sum over pixels of x[pixel + i] * dy[pixel][j].
template <int M>
HWY_NOINLINE void outer_tile(const Pixels& px, const float* x, const float* dy, bool first, float* sums) {
  const Tag d;
  Vec sum[M][2];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) sum[i][0] = sum[i][1] = hn::Zero(d);
  for (int64_t row = 0; row < px.rows; ++row) {
    const float* HWY_RESTRICT v = x + row * px.x_row;
    for (int64_t col = 0; col < px.cols; ++col, v += px.x_step, dy += px.dy_step) {
      const Vec b0 = hn::LoadU(d, dy), b1 = hn::LoadU(d, dy + kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < M; ++i) {
        const Vec a = hn::Set(d, v[i]);
        sum[i][0] = hn::MulAdd(a, b0, sum[i][0]);
        sum[i][1] = hn::MulAdd(a, b1, sum[i][1]);
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i, sums += kBlockK) {
    hn::StoreU(first ? sum[i][0] : hn::Add(sum[i][0], hn::LoadU(d, sums)), d, sums);
    hn::StoreU(first ? sum[i][1] : hn::Add(sum[i][1], hn::LoadU(d, sums + kLanes)), d, sums + kLanes);
  }
}

using OuterFunction = void (*)(const Pixels&, const float*, const float*, bool, float*);
template <size_t... M>
constexpr std::array<OuterFunction, sizeof...(M)> outer_functions(std::index_sequence<M...>) {
  return {&outer_tile<static_cast<int>(M) + 1>...};
}
inline constexpr auto kOuter = outer_functions(std::make_index_sequence<kTileC>{});

// Packs channels [c0, c0 + kBlockC) of the input rows that the output rows [p0, p0 + rows) read:
// [strip][row][pixel][c].
void pack_x(const Conv2dGradWeight& a, const Cut& cut, int64_t n, int64_t p0, int64_t rows, int64_t cols,
            int64_t c0, float* to) {
  const Conv2dShape& at = a.at;
  const int64_t width = cut.strip_width, strips = std::min(cut.strips, ceil_div(at.c - c0, width));
  const int64_t strip_size = rows * cols * width;
  if (cut.strips == 1) {  // all channels
    for (int64_t i = 0; i < rows; ++i)
      copy_padded_row(at, a.x, n, p0 * at.stride - at.pad + i, cols * width, to + i * cols * width);
    return;
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j, to += width) {
      const int64_t h = p0 * at.stride - at.pad + i, w = j - at.pad;
      const bool outside = h < 0 || h >= at.h || w < 0 || w >= at.w;
      const float* from = outside ? nullptr : a.x + ((n * at.h + h) * at.w + w) * at.c + c0;
      for (int64_t strip = 0; strip < strips; ++strip) {
        const int64_t used = outside ? 0 : std::min(width, at.c - c0 - strip * width);
        float* t = to + strip * strip_size;
        if (used == kStrip) {
          const hn::CappedTag<float, kStrip> d;
          for (size_t l = 0; l < kStrip; l += hn::Lanes(d))
            hn::StoreU(hn::LoadU(d, from + strip * kStrip + l), d, t + l);
          continue;
        }
        for (int64_t c = 0; c < used; ++c) t[c] = from[strip * width + c];
        for (int64_t c = used; c < width; ++c) t[c] = 0;
      }
    }
}

// db: sums the pixels of a panel of dy.
void sum_pixels(const float* dy, int64_t step, int64_t pixels, bool first, float* db) {
  const Tag d;
  Vec sum0 = hn::Zero(d), sum1 = sum0;
  for (int64_t i = 0; i < pixels; ++i, dy += step) {
    sum0 = hn::Add(sum0, hn::LoadU(d, dy));
    sum1 = hn::Add(sum1, hn::LoadU(d, dy + kLanes));
  }
  hn::StoreU(first ? sum0 : hn::Add(sum0, hn::LoadU(d, db)), d, db);
  hn::StoreU(first ? sum1 : hn::Add(sum1, hn::LoadU(d, db + kLanes)), d, db + kLanes);
}

// The sums of one task over one block of rows.
void add_rows(const Conv2dGradWeight& a, const Cut& cut, int64_t c0, int64_t k0, int64_t row_block, bool first,
              float* scratch, float* sums) {
  const Conv2dShape& at = a.at;
  const int64_t n = row_block / cut.row_blocks, b = row_block % cut.row_blocks;
  const int64_t p0 = b * at.p() / cut.row_blocks, rows = (b + 1) * at.p() / cut.row_blocks - p0;
  const int64_t x_rows = (rows - 1) * at.stride + at.r, x_cols = (at.q() - 1) * at.stride + at.s;
  float* const x = scratch + cut.most_rows * at.q() * kTileN;
  const int64_t strips = std::min(cut.strips, ceil_div(at.c - c0, cut.strip_width)), pixels = rows * at.q();
  pack_x(a, cut, n, p0, x_rows, x_cols, c0, x);
  for (int64_t k = 0; k < std::min(kBlockK, at.k - k0); k += kTileN) {
    // One strip reads dy only as often as the filter has rows: too seldom for a copy to pay off.
    const float* dy = a.dy + (n * at.p() + p0) * at.q() * at.k + k0 + k;
    const bool packed = strips > 1 || at.k - k0 - k < kTileN;
    if (packed) pack_panel(dy, at.k, pixels, at.k - k0 - k, scratch), dy = scratch;
    const Pixels px{rows, at.q(), x_cols * cut.strip_width * at.stride, cut.strip_width * at.stride,
                    packed ? kTileN : at.k};
    for (int64_t strip = 0; strip < strips; ++strip)
      for (int64_t r = 0; r < at.r; ++r) {
        const float* from = x + (strip * x_rows + r) * x_cols * cut.strip_width;
        const int64_t tiles = ceil_div(cut.u, kTileC);  // of nearly equal height
        for (int64_t t = 0; t < tiles; ++t) {
          const int64_t u = t * cut.u / tiles, m = (t + 1) * cut.u / tiles - u;
          kOuter[static_cast<size_t>(m - 1)](px, from + u, dy, first,
                                             sums + ((strip * at.r + r) * cut.u + u) * kBlockK + k);
        }
      }
    if (a.db && c0 == 0) sum_pixels(dy, px.dy_step, pixels, first, sums + cut.sums - kBlockK + k);
  }
}

// dw (and db) from the sums [share][block of c][block of k]; `task` is a block of c and a block of k.
void add_shares(const Conv2dGradWeight& a, const Cut& cut, const float* sums, int64_t task) {
  const Conv2dShape& at = a.at;
  const int64_t c0 = task / cut.blocks_k * kBlockC, k0 = task % cut.blocks_k * kBlockK;
  const int64_t used = std::min(kBlockK, at.k - k0), share_size = cut.blocks_c * cut.blocks_k * cut.sums;
  const auto add = [&](int64_t offset, float* to) {
    const float* from = sums + task * cut.sums + offset;
    for (int64_t j = 0; j < used; ++j) {
      float sum = from[j];
      for (int64_t i = 1; i < cut.shares; ++i) sum += from[i * share_size + j];
      to[j] = a.accumulate ? to[j] + sum : sum;
    }
  };
  for (int64_t c = c0; c < std::min<int64_t>(c0 + kBlockC, at.c); ++c)
    for (int64_t r = 0; r < at.r; ++r)
      for (int64_t s = 0; s < at.s; ++s) {
        const int64_t strip = (c - c0) / cut.strip_width, u = s * cut.strip_width + (c - c0) % cut.strip_width;
        add(((strip * at.r + r) * cut.u + u) * kBlockK, a.dw + ((r * at.s + s) * at.c + c) * at.k + k0);
      }
  if (a.db && c0 == 0) add(cut.sums - kBlockK, a.db + k0);
}

void grad_weight(const Conv2dGradWeight& a, float* sums) {
  const Conv2dShape& at = a.at;
  const Cut cut = cut_of(at);
  const int64_t blocks = cut.blocks_c * cut.blocks_k, row_blocks = at.n * cut.row_blocks;
  const int64_t x_rows = (cut.most_rows - 1) * at.stride + at.r, x_cols = (at.q() - 1) * int64_t{at.stride} + at.s;
  const int64_t scratch_size = cut.most_rows * at.q() * kTileN + cut.strips * x_rows * x_cols * cut.strip_width;
  parallel_tasks(blocks * cut.shares, scratch_size, [&](int64_t task, float* scratch) {
    const int64_t share = task / blocks, block = task % blocks;
    const int64_t begin = share * row_blocks / cut.shares, end = (share + 1) * row_blocks / cut.shares;
    for (int64_t i = begin; i < end; ++i)
      add_rows(a, cut, block / cut.blocks_k * kBlockC, block % cut.blocks_k * kBlockK, i, i == begin, scratch,
               sums + task * cut.sums);
  });
  parallel_tasks(blocks, 0, [&](int64_t task, float*) { add_shares(a, cut, sums, task); });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(grad_weight);

size_t outer_workspace(const Conv2dGradWeight& a) {
  const Cut cut = cut_of(a.at);
  return static_cast<size_t>(cut.shares * cut.blocks_c * cut.blocks_k * cut.sums) * sizeof(float);
}

void conv2d_grad_weight_outer(const Conv2dGradWeight& a, void* workspace, Stream&) {
  HWY_DYNAMIC_DISPATCH(grad_weight)(a, static_cast<float*>(workspace));
}

}  // namespace graft::cpu
#endif
