// A product with a single row on the left: a head on one image. Nothing is reused, so memory bandwidth decides, and
// the right operand is read in storage order. Compiled once per SIMD target.
#if defined(GRAFT_CPU_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_ROW_INL_H
#undef GRAFT_CPU_ROW_INL_H
#else
#define GRAFT_CPU_ROW_INL_H
#endif

#include <vector>

#include "kernels/cpu/gemm/multiply-inl.h"
#include "kernels/cpu/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Calls f(tag, j) for vectors of [0, size), and for single floats where no vector is left.
template <class F>
HWY_INLINE void each_vector(int64_t size, const F& f) {
  int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) f(Tag(), j);
  for (; j < size; ++j) f(hn::CappedTag<float, 1>(), j);
}

// sum[j] (+)= a[0] * b[0, j] + ... + a[kRows - 1] * b[kRows - 1, j], in this order; `first`: from zero. Meanwhile
// the rows after the next are prefetched (1.2x; the hardware prefetcher is too late).
template <int kRows>
HWY_INLINE void add_rows(const float* a, const float* b, int64_t step, int64_t columns, bool first, float* sum) {
  each_vector(columns, [=](auto d, int64_t j) HWY_ATTR {
    auto s = first ? hn::Zero(d) : hn::LoadU(d, sum + j);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float* const from = b + i * step + j;
      fetch_into_l2(from + 2 * kRows * step + kLine - 1);
      s = hn::MulAdd(hn::Set(d, a[i]), hn::LoadU(d, from), s);
    }
    hn::StoreU(s, d, sum + j);
  });
}

// g.m is 1. Sums are divided and added as in multiply(), so a row has the same bits alone and in a batch.
inline void multiply_row(const Product& g, const float* a, const RightRows& right) {
  constexpr int64_t kRun = 2048, kAtOnce = 4;  // columns whose sums stay in the L1 cache; rows of the right operand
  std::vector<int64_t> begins;
  for (int64_t k = 0; k < g.k; k += block_depth(g, k)) begins.push_back(k);
  const auto blocks = static_cast<int64_t>(begins.size());
  float* const sums = scratch_memory(static_cast<size_t>(blocks * g.n));
  parallel_chunks(blocks, 1, [&](int64_t block, int64_t) {
    const int64_t begin = begins[static_cast<size_t>(block)], end = begin + block_depth(g, begin);
    for (int64_t j = 0; j < g.n; j += kRun) {
      const int64_t columns = std::min(kRun, g.n - j);
      float* const sum = sums + block * g.n + j;
      int64_t k = begin;
      for (; k + kAtOnce <= end; k += kAtOnce)
        add_rows<kAtOnce>(a + k, right.b + k * g.n + j, g.n, columns, k == begin, sum);
      for (; k < end; ++k) add_rows<1>(a + k, right.b + k * g.n + j, g.n, columns, k == begin, sum);
    }
  });
  parallel_rows(g.n, blocks, [&](int64_t first, int64_t last) {
    each_vector(last - first, [&](auto d, int64_t j) HWY_ATTR {
      j += first;
      auto s = hn::LoadU(d, sums + j);
      if (g.bias) s = hn::Add(s, hn::LoadU(d, g.bias + j));
      if (g.add) s = hn::Add(s, hn::LoadU(d, g.c + j));
      for (int64_t block = 1; block < blocks; ++block) s = hn::Add(hn::LoadU(d, sums + block * g.n + j), s);
      if (g.relu) s = hn::IfThenZeroElse(hn::Lt(s, hn::Zero(d)), s);  // a NaN stays NaN
      hn::StoreU(s, d, g.c + j);
    });
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
