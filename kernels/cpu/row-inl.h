// The micro-kernel of products with a single row on the left: a head on one image. Compiled for each SIMD target
// anew.
#if defined(GRAFT_CPU_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_ROW_INL_H
#undef GRAFT_CPU_ROW_INL_H
#else
#define GRAFT_CPU_ROW_INL_H
#endif

#include "kernels/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// A single row of a against W panels of columns of a matrix whose rows do not begin at a cache line: with so few
// products the loads decide, and they are quicker in runs of a KB (1.2x; 0.9x where rows are aligned). The bits of
// tile().
template <int W>
HWY_NOINLINE void panels_of_a_row(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, int64_t step,
                                  int64_t depth, const Store& s) {
  const Tag d;
  Vec sum[W][2];
#pragma GCC unroll 16
  for (int w = 0; w < W; ++w) sum[w][0] = sum[w][1] = hn::Zero(d);
  for (int64_t k = 0; k < depth; ++k, b += step) {
    const Vec v = hn::Set(d, a[k]);
    const float* ahead = b + 12 * step;
    fetch_into_l2(ahead);
#pragma GCC unroll 16
    for (int w = 0; w < W; ++w, ahead += kTileN) {
      for (int i = kLine; i <= kTileN; i += kLine) fetch_into_l2(ahead + i);
      sum[w][0] = hn::MulAdd(v, hn::LoadU(d, b + w * kTileN), sum[w][0]);
      sum[w][1] = hn::MulAdd(v, hn::LoadU(d, b + w * kTileN + kLanes), sum[w][1]);
    }
  }
#pragma GCC unroll 16
  for (int w = 0; w < W; ++w) {
    Vec panel[1][2] = {{sum[w][0], sum[w][1]}};
    const float* bias = s.bias ? s.bias + w * kTileN : nullptr;
    store_whole<1>(panel, {s.y + w * kTileN, s.ld, kTileN, bias, s.add, s.relu});
  }
}

// As many of the `s.cols` columns as make whole panels, but W panels at most. Returns the number of columns.
template <int W = HWY_TARGET == HWY_AVX3 ? 8 : 4>
int64_t tile_of_a_row(const float* a, const float* b, int64_t step, int64_t depth, const Store& s) {
  if (s.cols >= W * kTileN) return panels_of_a_row<W>(a, b, step, depth, s), W * kTileN;
  if constexpr (W > 1) return tile_of_a_row<W / 2>(a, b, step, depth, s);
  return 0;
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
