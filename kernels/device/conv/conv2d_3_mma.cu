// conv2d, variant 3: the implicit GEMM of variant 2 on tensor cores, in TF32 or bf16 with f32 sums. Channels and
// filters in multiples of four are copied asynchronously; others, such as the first layer's, take the slow way
// through registers.
#include "kernels/device/conv/conv_sources.cuh"
#include "kernels/device/gemm/mma_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

constexpr int kApart = 8;  // a thread's rows, see mma_d

template <Precision kPrecision>
using Large = MmaTile<128, 2, kPrecision>;
template <Precision kPrecision>
using Narrow = MmaTile<64, 4, kPrecision>;

template <Precision kPrecision>
void run(const Conv2d& a, Stream& stream) {
  const Product p = product_of(a, kApart);
  if (p.n > 64) {
    multiply<Large<kPrecision>>(mma_product<Large<kPrecision>, InputTaps, ColumnMajor>, input_taps(a, kApart),
                                filters(a), p, nullptr, stream);
  } else {
    multiply<Narrow<kPrecision>>(mma_product<Narrow<kPrecision>, InputTaps, ColumnMajor>, input_taps(a, kApart),
                                 filters(a), p, nullptr, stream);
  }
}

}  // namespace

void conv2d_mma_tf32(const Conv2d& a, void*, Stream& stream) { run<Precision::tf32>(a, stream); }
void conv2d_mma_bf16(const Conv2d& a, void*, Stream& stream) { run<Precision::bf16>(a, stream); }

}  // namespace graft::DEVICE_NS
