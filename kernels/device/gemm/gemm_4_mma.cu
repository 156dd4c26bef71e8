// gemm, variant 4: tensor cores (mma_tile.cuh). Compared with variant 3 one warp instruction multiplies 16x8x8
// (TF32) or 16x8x16 (bf16) values, so that the bottleneck moves from the multiplications to the copies, which are
// now asynchronous. Less precise, hence never first in the table.
#include "kernels/device/gemm/mma_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

template <Precision kPrecision>
using Tile = MmaTile<64, 4, kPrecision>;

template <Precision kPrecision, class A, class B>
void run(const Gemm& g, const A& a, const B& b, void* workspace, Stream& stream) {
  const Product p = product_of(g);
  multiply<Tile<kPrecision>>(mma_product<Tile<kPrecision>, A, B>, a, b, p, workspace, stream);
}

template <Precision kPrecision>
void gemm_mma(const Gemm& g, void* workspace, Stream& stream) {
  const RowMajor a = {g.a, g.m, g.k, aligned4(g.k, g.a)}, bt = {g.b, g.n, g.k, aligned4(g.k, g.b)};
  const ColumnMajor at = {g.a, g.m, g.k, aligned4(g.m, g.a)}, b = {g.b, g.n, g.k, aligned4(g.n, g.b)};
  if (!g.ta && !g.tb) return run<kPrecision>(g, a, b, workspace, stream);
  if (g.ta && !g.tb) return run<kPrecision>(g, at, b, workspace, stream);
  if (!g.ta) return run<kPrecision>(g, a, bt, workspace, stream);
  run<kPrecision>(g, at, bt, workspace, stream);
}

}  // namespace

size_t gemm_mma_workspace(const Gemm& a) { return product_workspace<Tile<Precision::tf32>>(product_of(a)); }

void gemm_mma_tf32(const Gemm& a, void* workspace, Stream& stream) {
  gemm_mma<Precision::tf32>(a, workspace, stream);
}
void gemm_mma_bf16(const Gemm& a, void* workspace, Stream& stream) {
  gemm_mma<Precision::bf16>(a, workspace, stream);
}

}  // namespace graft::DEVICE_NS
