// gemm, variant 3: every thread keeps a tile of c in registers (register_tile.cuh). Compared with variant 2 a value
// read from shared memory is used eight times instead of once, reads are four wide, and a long inner index over a
// small c, as in a head, is split over many blocks.
#include "kernels/device/gemm/register_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

using Large = RegisterTile<128, 128, 8, 8, 8>;
using Small = RegisterTile<32, 64, 32, 4, 4>;  // a head: few rows, so that b streams at memory speed

bool large(const Gemm& a) { return a.m > 64 && a.n > 64; }

template <class A, class B>
void run(const Gemm& g, const A& a, const B& b, void* workspace, Stream& stream) {
  const Product p = product_of(g);
  if (large(g)) {
    multiply<Large>(register_product<Large, A, B>, a, b, p, workspace, stream);
  } else {
    multiply<Small>(register_product<Small, A, B>, a, b, p, workspace, stream);
  }
}

}  // namespace

size_t gemm_register_workspace(const Gemm& a) {
  return large(a) ? product_workspace<Large>(product_of(a)) : product_workspace<Small>(product_of(a));
}

void gemm_register(const Gemm& g, void* workspace, Stream& stream) {
  const RowMajor a = {g.a, g.m, g.k, aligned4(g.k, g.a)}, bt = {g.b, g.n, g.k, aligned4(g.k, g.b)};
  const ColumnMajor at = {g.a, g.m, g.k, aligned4(g.m, g.a)}, b = {g.b, g.n, g.k, aligned4(g.n, g.b)};
  if (!g.ta && !g.tb) return run(g, a, b, workspace, stream);
  if (g.ta && !g.tb) return run(g, at, b, workspace, stream);
  if (!g.ta) return run(g, a, bt, workspace, stream);
  run(g, at, bt, workspace, stream);
}

}  // namespace graft::DEVICE_NS
