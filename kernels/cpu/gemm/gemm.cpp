// GEMM: the four transpose combinations differ only in how a block is packed.
#include "kernels/cpu/gemm/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/gemm/row-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

void pack_left(const Gemm& g, const Part& part, float* to) {
  for (int64_t k = part.k; k < part.k + part.depth; k += kDepth, to += part.rows * kDepth) {
    const int64_t depth = std::min<int64_t>(kDepth, part.k + part.depth - k);
    if (g.ta) {
      transpose(g.a + k * g.m + part.row, g.m, depth, part.rows, to, kDepth);
    } else {
      for (int64_t i = 0; i < part.rows; ++i) copy_row(g.a + (part.row + i) * g.k + k, depth, to + i * kDepth);
    }
  }
}

void multiply_matrices(const Gemm& g) {
  const Product product{g.m, g.n, g.k, g.bias, g.c, g.relu, g.accumulate};
  if (g.m == 1 && !g.tb) return multiply_row(product, g.a, RightRows{g.b, g.n});
  const auto pack_a = [&](const Part& part, float* to) { pack_left(g, part, to); };
  if (!g.tb) return multiply(product, pack_a, RightRows{g.b, g.n});
  multiply(product, pack_a, RightColumns{g.b, g.k});
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(multiply_matrices);

void gemm_blocked(const Gemm& a, void*, Stream&) { HWY_DYNAMIC_DISPATCH(multiply_matrices)(a); }

}  // namespace graft::cpu
#endif
