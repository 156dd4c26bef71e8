// conv2d_grad_weight, variant 2: implicit GEMM on the register tile. Rows are (r,s,c), columns filters k, the inner
// index runs over all output pixels: long, while dw is small, so it is split into parts that are added in order.
// The bias gradient, the column sums of dy, is computed from the tiles of dy in shared memory.
#include "kernels/device/conv/conv_sources.cuh"
#include "kernels/device/gemm/register_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

using Large = RegisterTile<128, 128, 8, 8, 8>;
using Narrow = RegisterTile<128, 64, 16, 8, 4>;

}  // namespace

bool conv2d_grad_weight_implicit_supports(const Conv2dGradWeight& a, const DeviceInfo&) {
  return fits_implicit(a.at);
}

size_t conv2d_grad_weight_implicit_workspace(const Conv2dGradWeight& a) {
  const Product p = product_of(a);
  return p.n > 64 ? product_workspace<Large>(p) : product_workspace<Narrow>(p);
}

void conv2d_grad_weight_implicit(const Conv2dGradWeight& a, void* workspace, Stream& stream) {
  const Product p = product_of(a);
  if (p.n > 64) {
    multiply<Large>(register_product<Large, TapInputs, ColumnMajor>, tap_inputs(a), gradients(a), p, workspace,
                    stream);
  } else {
    multiply<Narrow>(register_product<Narrow, TapInputs, ColumnMajor>, tap_inputs(a), gradients(a), p, workspace,
                     stream);
  }
}

}  // namespace graft::DEVICE_NS
