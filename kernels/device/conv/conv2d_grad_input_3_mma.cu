// conv2d_grad_input, variant 3: the implicit GEMM of variant 2 on tensor cores, in TF32 or bf16 with f32 sums.
#include "kernels/device/conv/conv_sources.cuh"
#include "kernels/device/gemm/mma_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

template <Precision kPrecision>
using Large = MmaTile<128, 2, kPrecision>;
template <Precision kPrecision>
using Narrow = MmaTile<64, 4, kPrecision>;

template <Precision kPrecision>
void run(const Conv2dGradInput& a, Stream& stream) {
  const Product p = product_of(a);
  if (p.n > 64) {
    multiply<Large<kPrecision>>(mma_product<Large<kPrecision>, OutputTaps, TransposedFilters>, output_taps(a),
                                filters(a), p, nullptr, stream);
  } else {
    multiply<Narrow<kPrecision>>(mma_product<Narrow<kPrecision>, OutputTaps, TransposedFilters>, output_taps(a),
                                 filters(a), p, nullptr, stream);
  }
}

}  // namespace

void conv2d_grad_input_mma_tf32(const Conv2dGradInput& a, void*, Stream& stream) {
  run<Precision::tf32>(a, stream);
}
void conv2d_grad_input_mma_bf16(const Conv2dGradInput& a, void*, Stream& stream) {
  run<Precision::bf16>(a, stream);
}

}  // namespace graft::DEVICE_NS
