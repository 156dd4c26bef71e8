// A blocked matrix product over operands that two functions pack: the engine of GEMM and of convolutions by im2col.
// A task owns a block of the output and walks the sum in order, packing a block of each operand at a time; so
// nothing is shared between tasks, and when there is one block of rows the right operand is read just once.
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

// A block of kBlockM x kBlockN outputs and the kBlockK deep operands of it fit the L2 cache.
constexpr int64_t kBlockM = 112, kBlockN = 128, kBlockK = 4 * kDepth;

// Part of an operand: `rows` rows (of a) or columns (of b) from `row` on, `depth` values of the sum from `k` on.
struct Part {
  int64_t row, rows, k, depth;
};

// pack_a(part, to): a[row+i, k+j] to to[((j / kDepth) * rows + i) * kDepth + j % kDepth].
// pack_b(part, to): b[k+j, row+i] to to[j * kTileN + i], zero where i >= rows; called for one panel, rows <=
// kTileN.
template <class PackA, class PackB>
void multiply_block(const Product& g, Part a, Part b, const PackA& pack_a, const PackB& pack_b, float* scratch) {
  float* const packed_a = scratch;
  float* const packed_b = scratch + kBlockM * kBlockK;
  for (int64_t k = 0; k < g.k; k += a.depth) {
    const int64_t whole = (g.k - k) / kDepth * kDepth;
    a.k = b.k = k;
    a.depth = b.depth = whole ? std::min(kBlockK, whole) : g.k - k;
    const Taps taps{1, ceil_div(a.depth, kDepth), std::min<int64_t>(a.depth, kDepth), 0, a.rows * kDepth};
    const bool first = k == 0, last = k + a.depth >= g.k;
    pack_a(a, packed_a);
    for (int64_t j = 0; j < b.rows; j += kTileN) {
      const int64_t column = b.row + j;
      pack_b(Part{column, std::min<int64_t>(kTileN, b.rows - j), b.k, b.depth}, packed_b);
      const Store store{g.c + a.row * g.n + column,
                        g.n,
                        b.rows - j,
                        first && g.bias ? g.bias + column : nullptr,
                        g.add || !first,
                        last && g.relu};
      tile_column(a.rows, packed_a, packed_b, taps, store);
    }
  }
}

template <class PackA, class PackB>
void multiply(const Product& g, const PackA& pack_a, const PackB& pack_b) {
  const int64_t down = ceil_div(g.m, kBlockM), across = ceil_div(g.n, kBlockN);
  parallel_tasks(down * across, kBlockM * kBlockK + kTileN * kBlockK, [&](int64_t task, float* scratch) {
    const int64_t i = task / across, row = i * g.m / down, column = task % across * kBlockN;
    const Part a{row, (i + 1) * g.m / down - row, 0, 0}, b{column, std::min(kBlockN, g.n - column), 0, 0};
    multiply_block(g, a, b, pack_a, pack_b, scratch);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
