// Softmax, cross-entropy and its gradient in one launch, a warp for each row: the lanes stride over the classes and
// meet in shuffles, and the logits, once read, come from the cache. The exponentials are f32; their sum is a
// double, so that the loss of a row that is almost sure (1 plus very little) keeps its digits.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int kWarps = 4;  // rows of a block
constexpr unsigned kAllLanes = 0xffffffffu;

// A tree of fixed shape: every lane gets the same bits.
DEVICE double sum_of_lanes(double v) {
  for (int apart = 16; apart > 0; apart /= 2) v += __shfl_xor_sync(kAllLanes, v, apart);
  return v;
}
DEVICE float largest_of_lanes(float v) {
  for (int apart = 16; apart > 0; apart /= 2) v = fmaxf(v, __shfl_xor_sync(kAllLanes, v, apart));
  return v;
}

GLOBAL void __launch_bounds__(32 * kWarps) softmax_loss_kernel(SoftmaxLoss a) {
  const int lane = threadIdx.x % 32;
  const int64_t row = int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (row >= a.rows) return;  // whole warps
  const float* x = a.logits + row * a.classes;
  float largest = -INFINITY;
  for (int j = lane; j < a.classes; j += 32) largest = fmaxf(largest, x[j]);
  largest = largest_of_lanes(largest);
  double sum = 0;
  for (int j = lane; j < a.classes; j += 32) sum += expf(x[j] - largest);
  sum = sum_of_lanes(sum);
  const int label = a.label ? a.label[row] : -1;
  if (a.loss && lane == 0) a.loss[row] = static_cast<float>(log(sum) - (double{x[label]} - largest));
  if (!a.probs && !a.dlogits) return;
  for (int j = lane; j < a.classes; j += 32) {
    const double prob = expf(x[j] - largest) / sum;
    if (a.probs) a.probs[row * a.classes + j] = static_cast<float>(prob);
    if (a.dlogits) a.dlogits[row * a.classes + j] = static_cast<float>(a.scale * (prob - (j == label)));
  }
}

}  // namespace

void softmax_loss(const SoftmaxLoss& a, void*, Stream& stream) {
  launch<NoShared>(softmax_loss_kernel, grid_of(ceil_div<int64_t>(a.rows, kWarps)), 32 * kWarps, stream, a);
}

}  // namespace graft::DEVICE_NS
