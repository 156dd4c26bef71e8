// A blocked matrix product, the engine of GEMM and of convolutions by im2col. A task owns a block of rows of the
// output, in one or several blocks of columns, and walks the sum in order, a block of each operand at a time; so
// tasks share nothing, and if there is one block of rows the right operand is read just once. The left operand's
// block is packed first, the right one's by the first row of tiles, tile by tile. docs/KERNELS-CPU.md has the
// reasons and the numbers.
#if defined(GRAFT_CPU_MULTIPLY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_MULTIPLY_INL_H
#undef GRAFT_CPU_MULTIPLY_INL_H
#else
#define GRAFT_CPU_MULTIPLY_INL_H
#endif

#include <type_traits>

#include "kernels/cpu/gemm/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// c[m,n] = relu?(a[m,k] * b[k,n] + bias[n]), or c += the product with `add`.
struct Product {
  int64_t m, n, k;
  const float* bias;
  float* c;
  bool relu, add;
};

// Rows per task, depth of a block of the sum, and floats per block of the right operand. The blocks of both
// operands and of the output fit the L2 cache, a tile's rows of the left one the L1 cache. A short sum makes the
// block of the right operand wide, so that a task writes long runs of memory.
inline constexpr int64_t kBlockM = 224, kBlockK = 4 * kDepth, kBlockB = 65536;
// A larger result (in floats) that is written once bypasses the caches: it would not be in cache when next read.
inline constexpr int64_t kStream = int64_t{8} << 20;

// Part of an operand: `rows` rows (of a) or columns (of b) from `row` on, `depth` values of the sum from `k` on.
struct Part {
  int64_t row, rows, k, depth;
};

// A right operand stored as [k, n].
struct RightRows {
  const float* b;
  int64_t n;
  bool splits_lines() const { return reinterpret_cast<uintptr_t>(b) % 64 != 0 || n % 16 != 0; }
};

// The first `rows` rows of a block of `all` rows against a panel of the right operand,
// which is left packed for the following rows. `j`: the first column of the panel in b, and
// the columns of the task. An operand in memory has the next panel prefetched meanwhile:
// the one to the right or, for the last, the first of the following block of the sum.
template <class PackB>
void first_tile(const PackB& pack_b, const Product&, int64_t rows, int64_t, const float* a, const Part& b,
                int64_t j, float* panel, const Taps& taps, const Store& store) {
  pack_b(Part{b.row + j, std::min<int64_t>(kTileN, b.rows - j), b.k, b.depth}, panel);
  tile_of(rows, a, PackedPanel{panel}, taps, store);
}

inline void first_tile(const RightRows& right, const Product& g, int64_t rows, int64_t all, const float* a,
                       const Part& b, int64_t j, float* panel, const Taps& taps, const Store& store) {
  const float* from = right.b + b.k * right.n + b.row + j;
  const float* ahead = from + kTileN;
  if (b.rows - j <= kTileN) ahead = right.b + std::min(b.k + b.depth, g.k - b.depth) * right.n + b.row;
  if (b.rows - j < kTileN) {
    pack_panel(from, right.n, b.depth, b.rows - j, panel);
    return tile_of(rows, a, PanelAhead{panel, ahead, kTileN, right.n}, taps, store);
  }
  const auto read = [&]<bool kPack>() {
    if (right.splits_lines())
      return tile_of(rows, a, MatrixRows<kPack, true>{from, right.n, ahead, panel}, taps, store);
    tile_of(rows, a, MatrixRows<kPack, false>{from, right.n, ahead, panel}, taps, store);
  };
  // One row of tiles is not packed.
  rows == all ? read.template operator()<false>() : read.template operator()<true>();
}

// A right operand stored as [n, k].
struct RightColumns {
  const float* b;
  int64_t k;
};
inline void first_tile(const RightColumns& right, const Product& g, int64_t rows, int64_t, const float* a,
                       const Part& b, int64_t j, float* panel, const Taps& taps, const Store& store) {
  const float* from = right.b + (b.row + j) * right.k + b.k;
  pack_panel_transposed(from, right.k, b.depth, b.rows - j, panel);
  const float* ahead = from + kTileN * right.k;
  if (b.rows - j <= kTileN) ahead = right.b + b.row * right.k + std::min(b.k + b.depth, g.k - b.depth);
  tile_of(rows, a, PanelAhead{panel, ahead, b.depth, right.k}, taps, store);
}

// Whether whole vectors of the result can bypass the caches.
inline bool streams(const Product& g) {
  const bool aligned = reinterpret_cast<uintptr_t>(g.c) % (kLanes * sizeof(float)) == 0 && g.n % kLanes == 0;
  return aligned && !g.add && g.m * g.n > kStream;
}

// The depth of the block of the sum that starts at k.
inline int64_t block_depth(const Product& g, int64_t k) {
  const int64_t whole = (g.k - k) / kDepth * kDepth;
  return whole ? std::min(kBlockK, whole) : g.k - k;
}

// Adds one block of the sum to a block of the output: the packed rows of a times the columns [from, to) of b.
template <class Right>
void multiply_block(const Product& g, const Part& a, const Part& b, int64_t from, int64_t to, const Right& right,
                    const float* packed_a, float* packed_b) {
  const int64_t tiles = ceil_div(a.rows, kTileM);
  const Taps taps{1, ceil_div(a.depth, kDepth), std::min<int64_t>(a.depth, kDepth), 0, a.rows * kDepth};
  const bool first = a.k == 0, last = a.k + a.depth >= g.k, stream = first && last && streams(g);
  for (int64_t t = 0, i = 0, rows = 0; t < tiles; ++t, i += rows) {
    rows = (t + 1) * a.rows / tiles - i;
    const float* tile_a = packed_a + i * kDepth;
    Store store{nullptr, g.n, 0, nullptr, g.add || !first, last && g.relu, stream};
    for (int64_t j = from; j < to; j += kTileN) {
      store.y = g.c + (a.row + i) * g.n + b.row + j;
      store.cols = to - j;
      if (first && g.bias) store.bias = g.bias + b.row + j;
      float* panel = packed_b + (j - from) * b.depth;
      if (t == 0) {
        first_tile(right, g, rows, a.rows, tile_a, b, j, panel, taps, store);
      } else {
        tile_of(rows, tile_a, PackedPanel{panel}, taps, store);
      }
    }
  }
  if (stream) hwy::FlushStream();
}

// How the output is divided among tasks: rows into `down` runs, columns into blocks of `width`, `wide` of them per
// task. It does not affect the bits.
struct Division {
  int64_t width, wide, groups, down;
};

// A task packs its part of the left operand, which costs as much as kPackLeft more columns,
// and that of the right one, which costs as much as `pack_right` more rows (measured). The
// division that finishes first is taken; a tenth of a task allows for threads of unequal
// speed. Few rows stay together, as each run of rows reads the right operand.
inline Division divide(const Product& g, int64_t pack_right, int64_t threads) {
  constexpr int64_t kPackLeft = 12, kFewRows = 64, kWidest = 4;
  const int64_t depth = std::clamp<int64_t>(g.k, 1, kBlockK);
  const int64_t width = std::min(round_up(g.n, kTileN), kBlockB / depth / kTileN * kTileN);
  const int64_t across = ceil_div(g.n, width), least = ceil_div(g.m, kBlockM);
  const int64_t most = std::clamp(g.m / kFewRows, least, 2 * least);
  Division best{};
  double soonest = 0;
  for (int64_t down = least; down <= most; ++down)
    for (int64_t wide = 1; wide <= std::min(across, kWidest); ++wide) {
      const int64_t groups = ceil_div(across, wide), columns = std::min(wide * width, g.n);
      const double turns = double(ceil_div(down * groups, threads)) + 0.1, rows = double(g.m) / double(down);
      const double end = turns * (rows + double(pack_right)) * double(columns + kPackLeft);
      if (best.down == 0 || end < soonest) best = {width, wide, groups, down}, soonest = end;
    }
  return best;
}

// right: RightRows, RightColumns, or a function pack_b. pack_a(part, to): a[row+i, k+j] to
// to[((j / kDepth) * rows + i) * kDepth + j % kDepth]. pack_b(part, to): b[k+j, row+i] to to[j * kTileN + i], zero
// where i >= rows; called for one panel, rows <= kTileN.
template <class PackA, class Right>
void multiply(const Product& g, const PackA& pack_a, const Right& right) {
  const Division d = divide(g, std::is_same_v<Right, RightRows> ? 2 : 10, host_threads());
  parallel_tasks(d.down * d.groups, kBlockM * kBlockK + kBlockB, [&](int64_t task, float* scratch) {
    const int64_t i = task / d.groups, row = i * g.m / d.down, column = task % d.groups * d.wide * d.width;
    Part a{row, (i + 1) * g.m / d.down - row, 0, 0}, b{column, std::min(d.wide * d.width, g.n - column), 0, 0};
    for (int64_t k = 0; k < g.k; k += a.depth) {
      a.k = b.k = k;
      a.depth = b.depth = block_depth(g, k);
      pack_a(a, scratch);
      for (int64_t j = 0; j < b.rows; j += d.width)
        multiply_block(g, a, b, j, std::min(j + d.width, b.rows), right, scratch, scratch + kBlockM * kBlockK);
    }
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
