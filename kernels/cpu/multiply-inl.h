// A blocked matrix product, the engine of GEMM and of convolutions by im2col. A task owns a block of the output and
// walks the sum in order, a block of each operand at a time; so nothing is shared between tasks, and when there is
// one block of rows the right operand is read just once. The left operand's block is packed before, the right one's
// by the first row of tiles, tile by tile. docs/KERNELS-CPU.md has the reasons and the numbers.
#if defined(GRAFT_CPU_MULTIPLY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_MULTIPLY_INL_H
#undef GRAFT_CPU_MULTIPLY_INL_H
#else
#define GRAFT_CPU_MULTIPLY_INL_H
#endif

#include "kernels/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// c[m,n] = relu?(a[m,k] * b[k,n] + bias[n]), or c += the product with `add`.
struct Product {
  int64_t m, n, k;
  const float* bias;
  float* c;
  bool relu, add;
};

// Rows of a task, depth of a block of the sum, and floats of a block of the right operand. The blocks of both
// operands and of the output fit the L2 cache, a tile's rows of the left one the L1 cache. A short sum makes the
// block of the right operand wide: then a task writes long runs of memory.
inline constexpr int64_t kBlockM = 224, kBlockK = 4 * kDepth, kBlockB = 65536;
// A result of more floats is written past the caches, if it is written once: nobody will find it there anyway.
inline constexpr int64_t kStream = int64_t{8} << 20;

// Part of an operand: `rows` rows (of a) or columns (of b) from `row` on, `depth` values of the sum from `k` on.
struct Part {
  int64_t row, rows, k, depth;
};

// A right operand that stands in memory as [k, n].
struct RightRows {
  const float* b;
  int64_t n;
};

// The first `rows` rows of a block of `all` rows against a panel of the right operand, which is left packed for the
// rows that follow. `j`: the first column of the panel in the block b.
template <class PackB>
void first_tile(const PackB& pack_b, const Product&, int64_t rows, int64_t, const float* a, const Part& b,
                int64_t j, float* panel, const Taps& taps, const Store& store) {
  pack_b(Part{b.row + j, std::min<int64_t>(kTileN, b.rows - j), b.k, b.depth}, panel);
  tile_of(rows, a, PackedPanel{panel}, taps, store);
}

inline void first_tile(const RightRows& right, const Product& g, int64_t rows, int64_t all, const float* a,
                       const Part& b, int64_t j, float* panel, const Taps& taps, const Store& store) {
  const float* from = right.b + b.k * right.n + b.row + j;
  if (b.rows - j < kTileN) {
    pack_panel(from, right.n, b.depth, b.rows - j, panel);
    return tile_of(rows, a, PackedPanel{panel}, taps, store);
  }
  // The panel after this one: to its right or, of the last, below the first. Rows that are read alone stay
  // unpacked.
  const bool wraps = b.rows - j < 2 * kTileN;
  const float* ahead = from + kTileN;
  if (wraps) ahead = right.b + std::min(b.k + b.depth, g.k - b.depth) * right.n + b.row;
  if (rows == all) return tile_of(rows, a, MatrixRows<false>{from, right.n, ahead, nullptr}, taps, store);
  tile_of(rows, a, MatrixRows<true>{from, right.n, ahead, panel}, taps, store);
}

// Whether whole vectors of the result can be written past the caches.
inline bool streams(const Product& g) {
  const bool aligned = reinterpret_cast<uintptr_t>(g.c) % (kLanes * sizeof(float)) == 0 && g.n % kLanes == 0;
  return aligned && !g.add && g.m * g.n > kStream;
}

// right: RightRows, or a function pack_b. pack_a(part, to): a[row+i, k+j] to
// to[((j / kDepth) * rows + i) * kDepth + j % kDepth]. pack_b(part, to): b[k+j, row+i] to to[j * kTileN + i], zero
// where i >= rows; called for one panel, rows <= kTileN.
template <class PackA, class Right>
void multiply_block(const Product& g, Part a, Part b, const PackA& pack_a, const Right& right, float* scratch) {
  float* const packed_a = scratch;
  float* const packed_b = scratch + kBlockM * kBlockK;
  const int64_t tiles = ceil_div(a.rows, kTileM);
  for (int64_t k = 0; k < g.k; k += a.depth) {
    const int64_t whole = (g.k - k) / kDepth * kDepth;
    a.k = b.k = k;
    a.depth = b.depth = whole ? std::min(kBlockK, whole) : g.k - k;
    const Taps taps{1, ceil_div(a.depth, kDepth), std::min<int64_t>(a.depth, kDepth), 0, a.rows * kDepth};
    const bool first = k == 0, last = k + a.depth >= g.k, stream = first && last && streams(g);
    pack_a(a, packed_a);
    for (int64_t t = 0, i = 0, rows = 0; t < tiles; ++t, i += rows) {
      rows = (t + 1) * a.rows / tiles - i;
      const float* tile_a = packed_a + i * kDepth;
      Store store{g.c + (a.row + i) * g.n + b.row, g.n, 0, nullptr, g.add || !first, last && g.relu, stream};
      for (int64_t j = 0; j < b.rows; j += kTileN, store.y += kTileN) {
        store.cols = b.rows - j;
        if (first && g.bias) store.bias = g.bias + b.row + j;
        float* panel = packed_b + j * b.depth;
        if (t == 0) {
          first_tile(right, g, rows, a.rows, tile_a, b, j, panel, taps, store);
        } else {
          tile_of(rows, tile_a, PackedPanel{panel}, taps, store);
        }
      }
    }
    if (stream) hwy::FlushStream();
  }
}

template <class PackA, class Right>
void multiply(const Product& g, const PackA& pack_a, const Right& right) {
  const int64_t depth = std::clamp<int64_t>(g.k, 1, kBlockK);
  const int64_t width = std::min(round_up(g.n, kTileN), kBlockB / depth / kTileN * kTileN);
  const int64_t across = ceil_div(g.n, width), few = 16;
  const int64_t down = ceil_div(g.m, ceil_div(g.m, kBlockM) * across < few ? kBlockM / 2 : kBlockM);
  parallel_tasks(down * across, kBlockM * kBlockK + kBlockB, [&](int64_t task, float* scratch) {
    const int64_t i = task / across, row = i * g.m / down, column = task % across * width;
    const Part a{row, (i + 1) * g.m / down - row, 0, 0}, b{column, std::min(width, g.n - column), 0, 0};
    multiply_block(g, a, b, pack_a, right, scratch);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
