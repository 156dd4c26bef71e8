// conv2d_grad_input, variant 2: implicit GEMM on the register tile. Rows are input pixels (n,h,w), columns channels
// c, the inner index is (r,s,k) of the outputs that used the pixel. The filters are read transposed in place;
// nothing is scattered, so there are no atomics.
#include "kernels/device/conv/conv_sources.cuh"
#include "kernels/device/gemm/register_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

using Large = RegisterTile<128, 128, 8, 8, 8>;
using Narrow = RegisterTile<128, 64, 16, 8, 4>;

}  // namespace

bool conv2d_grad_input_implicit_supports(const Conv2dGradInput& a, const DeviceInfo&) {
  return fits_implicit(a.at);
}

void conv2d_grad_input_implicit(const Conv2dGradInput& a, void*, Stream& stream) {
  const Product p = product_of(a);
  if (p.n > 64) {
    multiply<Large>(register_product<Large, OutputTaps, TransposedFilters>, output_taps(a), filters(a), p, nullptr,
                    stream);
  } else {
    multiply<Narrow>(register_product<Narrow, OutputTaps, TransposedFilters>, output_taps(a), filters(a), p,
                     nullptr, stream);
  }
}

}  // namespace graft::DEVICE_NS
