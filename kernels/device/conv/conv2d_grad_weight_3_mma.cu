// conv2d_grad_weight, variant 3: the implicit GEMM of variant 2 on tensor cores, in TF32 or bf16 with f32 sums; the
// bias gradient is summed in f32 from the f32 tiles.
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
void run(const Conv2dGradWeight& a, void* workspace, Stream& stream) {
  const Product p = product_of(a);
  if (p.n > 64) {
    multiply<Large<kPrecision>>(mma_product<Large<kPrecision>, TapInputs, ColumnMajor>, tap_inputs(a), gradients(a),
                                p, workspace, stream);
  } else {
    multiply<Narrow<kPrecision>>(mma_product<Narrow<kPrecision>, TapInputs, ColumnMajor>, tap_inputs(a),
                                 gradients(a), p, workspace, stream);
  }
}

}  // namespace

size_t conv2d_grad_weight_mma_workspace(const Conv2dGradWeight& a) {
  const Product p = product_of(a);
  return p.n > 64 ? product_workspace<Large<Precision::tf32>>(p) : product_workspace<Narrow<Precision::tf32>>(p);
}

void conv2d_grad_weight_mma_tf32(const Conv2dGradWeight& a, void* workspace, Stream& stream) {
  run<Precision::tf32>(a, workspace, stream);
}
void conv2d_grad_weight_mma_bf16(const Conv2dGradWeight& a, void* workspace, Stream& stream) {
  run<Precision::bf16>(a, workspace, stream);
}

}  // namespace graft::DEVICE_NS
