// conv2d, variant 2: implicit GEMM on the register tile. Rows are output pixels (n,p,q), columns filters k, the
// inner index is (r,s,c). Compared with variant 1 a value of x or w is read from memory once per tile of 128 pixels
// or filters instead of once per output, and an im2col matrix, nine times x, is never materialised. Bias, ReLU and
// pool are fused.
#include "kernels/device/conv/conv_sources.cuh"
#include "kernels/device/gemm/register_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

using Large = RegisterTile<128, 128, 8, 8, 8>;
using Narrow = RegisterTile<128, 64, 16, 8, 4>;  // 64 filters: block 1
constexpr int kApart = 1;                        // a thread's rows are four in a row

}  // namespace

bool conv2d_implicit_supports(const Conv2d& a, const DeviceInfo&) { return fits_implicit(a.at); }

void conv2d_implicit(const Conv2d& a, void*, Stream& stream) {
  const Product p = product_of(a, kApart);
  if (p.n > 64) {
    multiply<Large>(register_product<Large, InputTaps, ColumnMajor>, input_taps(a, kApart), filters(a), p, nullptr,
                    stream);
  } else {
    multiply<Narrow>(register_product<Narrow, InputTaps, ColumnMajor>, input_taps(a, kApart), filters(a), p,
                     nullptr, stream);
  }
}

}  // namespace graft::DEVICE_NS
