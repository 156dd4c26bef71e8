// The micro-kernel of GEMM and convolution: a tile of the output, up to kTileM rows (pixels) by kTileN columns
// (filters), lives in registers while the sum runs over all of `depth`. Compiled once per SIMD target.
// Left operand: rows of kDepth floats, so that every row is a constant offset from one pointer. Right operand: a
// panel packed in the order of use, or rows of a matrix. An element's sum does not depend on its position in a
// tile.
#if defined(GRAFT_CPU_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_TILE_INL_H
#undef GRAFT_CPU_TILE_INL_H
#else
#define GRAFT_CPU_TILE_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "kernels/cpu/tasks.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vec = hn::Vec<Tag>;

inline constexpr int kLanes = HWY_LANES(float);
// Accumulators, a panel row and a broadcast value fill the 32 registers of AVX-512 or the 16 of AVX2.
inline constexpr int kTileM = HWY_TARGET == HWY_AVX3 ? 14 : HWY_TARGET == HWY_AVX2 ? 6 : 4;
inline constexpr int kTileN = 2 * kLanes;
inline constexpr int kDepth = 64;

// The sum runs over rows x cols taps of `depth` values each; a tap is a step in the left operand.
struct Taps {
  int64_t rows, cols, depth;
  int64_t row_step, col_step;  // floats
};

// y = relu?(sum + bias + (add ? y : 0)) for the first `cols` columns.
struct Store {
  float* y;
  int64_t ld;  // floats from row to row
  int64_t cols;
  const float* bias;  // may be null
  bool add, relu;
  bool stream = false;  // bypass the caches: for a result larger than they are; y and ld are multiples of a vector
};

// Stage by stage for the whole tile: the sums stay in registers.
template <int M>
HWY_INLINE void store_whole(Vec (&sum)[M][2], const Store& s) {
  const Tag d;
  if (s.bias) {
    const Vec b0 = hn::LoadU(d, s.bias), b1 = hn::LoadU(d, s.bias + kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) sum[i][0] = hn::Add(sum[i][0], b0), sum[i][1] = hn::Add(sum[i][1], b1);
  }
  if (s.add) {
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      sum[i][0] = hn::Add(sum[i][0], hn::LoadU(d, s.y + i * s.ld));
      sum[i][1] = hn::Add(sum[i][1], hn::LoadU(d, s.y + i * s.ld + kLanes));
    }
  }
  if (s.relu) {
    const Vec zero = hn::Zero(d);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {  // a NaN stays NaN
      sum[i][0] = hn::IfThenZeroElse(hn::Lt(sum[i][0], zero), sum[i][0]);
      sum[i][1] = hn::IfThenZeroElse(hn::Lt(sum[i][1], zero), sum[i][1]);
    }
  }
  if (s.stream) {
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      hn::Stream(sum[i][0], d, s.y + i * s.ld);
      hn::Stream(sum[i][1], d, s.y + i * s.ld + kLanes);
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
    hn::StoreU(sum[i][0], d, s.y + i * s.ld);
    hn::StoreU(sum[i][1], d, s.y + i * s.ld + kLanes);
  }
}

template <int M>
HWY_INLINE void store_tile(Vec (&sum)[M][2], const Store& s) {
  if (s.cols >= kTileN) return store_whole<M>(sum, s);
  alignas(64) float bias[kTileN] = {}, y[M * kTileN] = {};
  if (s.bias) std::copy_n(s.bias, s.cols, bias);
  if (s.add)
    for (int i = 0; i < M; ++i) std::copy_n(s.y + i * s.ld, s.cols, y + i * kTileN);
  store_whole<M>(sum, {y, kTileN, kTileN, s.bias ? bias : nullptr, s.add, s.relu});
  for (int i = 0; i < M; ++i) std::copy_n(y + i * kTileN, s.cols, s.y + i * s.ld);
}

// Read prefetch. Prefetching past the end of a matrix is harmless.
HWY_INLINE void fetch_into_l1(const float* at) { __builtin_prefetch(at, 0, 3); }
HWY_INLINE void fetch_into_l2(const float* at) { __builtin_prefetch(at, 0, 2); }
inline constexpr int kLine = std::min(16, kTileN);  // floats of a panel's row that share a cache line

// The source of the right operand. `take` is called once per row, with its contents.
struct PackedPanel {
  const float* HWY_RESTRICT at;
  HWY_INLINE void take(Vec, Vec) { at += kTileN; }
};

// kTileN columns of a matrix. While they are used, the same columns of the rows from `ahead` on are prefetched into
// the L2 cache: the hardware prefetcher would not predict the next row, which is far away. With kPack they are
// packed on the way. kSplit: rows that are not aligned to cache lines. A load across two lines that are not in the
// L1 cache is slow, so they are prefetched into it some rows earlier (1.15x for 32 rows and 1000 columns, 0.97x
// where rows are aligned).
template <bool kPack, bool kSplit>
struct MatrixRows {
  const float* HWY_RESTRICT at;
  int64_t step;  // floats from row to row
  const float* ahead;
  float* HWY_RESTRICT packed;
  HWY_INLINE void take(Vec b0, Vec b1) {
    if constexpr (kPack) {
      const Tag d;
      hn::Store(b0, d, packed);
      hn::Store(b1, d, packed + kLanes);
      packed += kTileN;
    }
    if constexpr (kSplit) {
      for (int i = 0; i < kTileN; i += kLine) fetch_into_l1(at + 8 * step + i);
      fetch_into_l1(at + 8 * step + kTileN - 1);
    }
    // The last float of each line: the line where unaligned rows start was fetched with the panel to the left.
    for (int i = kLine - 1; i < kTileN; i += kLine) fetch_into_l2(ahead + i);
    at += step;
    ahead += step;
  }
};

// A packed panel. While it is used, `run` floats of each of the rows from `ahead` on are prefetched into the L2
// cache.
struct PanelAhead {
  const float* HWY_RESTRICT at;
  const float* ahead;
  int64_t run, step;  // floats
  int64_t left = run;
  HWY_INLINE void take(Vec, Vec) {
    at += kTileN;
    for (int i = 0; i < kTileN; i += kLine) fetch_into_l2(ahead + i);
    ahead += kTileN;
    left -= kTileN;
    if (left <= 0) ahead += step - run + left, left = run;
  }
};

template <int M, class Panel>
HWY_NOINLINE void tile(const float* HWY_RESTRICT a, Panel b, const Taps& taps, const Store& s) {
  const Tag d;
  Vec sum[M][2];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) sum[i][0] = sum[i][1] = hn::Zero(d);
  for (int64_t r = 0; r < taps.rows; ++r)
    for (int64_t c = 0; c < taps.cols; ++c) {
      const float* HWY_RESTRICT x = a + r * taps.row_step + c * taps.col_step;
      for (int64_t j = 0; j < taps.depth; ++j, ++x) {
        const Vec b0 = hn::LoadU(d, b.at), b1 = hn::LoadU(d, b.at + kLanes);
        b.take(b0, b1);
#pragma GCC unroll 16
        for (int i = 0; i < M; ++i) {
          const Vec v = hn::Set(d, x[i * kDepth]);
          sum[i][0] = hn::MulAdd(v, b0, sum[i][0]);
          sum[i][1] = hn::MulAdd(v, b1, sum[i][1]);
        }
      }
    }
  store_tile<M>(sum, s);
}

template <class Panel, size_t... M>
constexpr auto tile_functions(std::index_sequence<M...>) {
  return std::array{&tile<static_cast<int>(M) + 1, Panel>...};
}

// The tile of `rows` <= kTileM rows of a.
template <class Panel>
void tile_of(int64_t rows, const float* a, const Panel& b, const Taps& taps, const Store& s) {
  static constexpr auto kTiles = tile_functions<Panel>(std::make_index_sequence<kTileM>{});
  kTiles[static_cast<size_t>(rows - 1)](a, b, taps, s);
}

// `rows` rows of a against one panel, in tiles of nearly equal height.
inline void tile_column(int64_t rows, const float* a, const float* b, const Taps& taps, const Store& s) {
  const int64_t tiles = ceil_div(rows, kTileM);
  for (int64_t t = 0, i = 0; t < tiles; ++t) {
    const int64_t end = (t + 1) * rows / tiles;
    Store part = s;
    part.y = s.y + i * s.ld;
    tile_of(end - i, a + i * kDepth, PackedPanel{b}, taps, part);
    i = end;
  }
}

// ---- packing ---------------------------------------------------------------------------------------------------
HWY_INLINE void copy_row(const float* HWY_RESTRICT from, int64_t size, float* HWY_RESTRICT to) {
  const Tag d;
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; i < size; ++i) to[i] = from[i];
}

HWY_INLINE void clear_row(float* to, int64_t size) {
  const Tag d;
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) hn::StoreU(hn::Zero(d), d, to + i);
  for (; i < size; ++i) to[i] = 0;
}

// to[j][i] = from[i][j] for four rows and four columns.
HWY_INLINE void transpose4(const float* from, int64_t from_step, float* to, int64_t to_step) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < 4; ++i)
    for (int64_t j = 0; j < 4; ++j) to[j * to_step + i] = from[i * from_step + j];
#else
  const hn::FixedTag<float, 4> d;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + from_step);
  const auto r2 = hn::LoadU(d, from + 2 * from_step), r3 = hn::LoadU(d, from + 3 * from_step);
  const auto even01 = hn::InterleaveLower(d, r0, r2), odd01 = hn::InterleaveLower(d, r1, r3);
  const auto even23 = hn::InterleaveUpper(d, r0, r2), odd23 = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, even01, odd01), d, to);
  hn::StoreU(hn::InterleaveUpper(d, even01, odd01), d, to + to_step);
  hn::StoreU(hn::InterleaveLower(d, even23, odd23), d, to + 2 * to_step);
  hn::StoreU(hn::InterleaveUpper(d, even23, odd23), d, to + 3 * to_step);
#endif
}

// to[j][i] = from[i][j] for i < rows, j < cols.
inline void transpose(const float* from, int64_t from_step, int64_t rows, int64_t cols, float* to,
                      int64_t to_step) {
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    int64_t j = 0;
    for (; j + 4 <= cols; j += 4) transpose4(from + i * from_step + j, from_step, to + j * to_step + i, to_step);
    for (; j < cols; ++j)
      for (int64_t l = i; l < i + 4; ++l) to[j * to_step + l] = from[l * from_step + j];
  }
  for (; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) to[j * to_step + i] = from[i * from_step + j];
}

// A panel of kTileN columns: to[i * kTileN + j] = from[i * from_step + j], zero for j >= cols.
HWY_INLINE void pack_panel(const float* from, int64_t from_step, int64_t rows, int64_t cols, float* to) {
  const int64_t used = std::min<int64_t>(cols, kTileN);
  for (int64_t i = 0; i < rows; ++i, from += from_step, to += kTileN) {
    copy_row(from, used, to);
    clear_row(to + used, kTileN - used);
  }
}

// The same from the transposed matrix: to[i * kTileN + j] = from[j * from_step + i].
HWY_INLINE void pack_panel_transposed(const float* from, int64_t from_step, int64_t rows, int64_t cols, float* to) {
  const int64_t used = std::min<int64_t>(cols, kTileN);
  if (used < kTileN) clear_row(to, rows * kTileN);
  transpose(from, from_step, used, rows, to, kTileN);
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
