// Softmax, cross-entropy and its gradient in one launch, one warp per row: the lanes stride over the classes and
// combine by shuffles, and the logits, once read, come from the cache. The exponentials are f32; their sum is a
// double, so that the loss of an almost certain row (1 plus very little) keeps its digits.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

constexpr int kWarps = 4;  // rows per block
constexpr unsigned kAllLanes = 0xffffffffu;

// A tree of fixed shape: every lane gets the same bits.
DEVICE double sum_of_lanes(double v) {
  for (int offset = 16; offset > 0; offset /= 2) v += __shfl_xor_sync(kAllLanes, v, offset);
  return v;
}
DEVICE float largest_of_lanes(float v) {
  for (int offset = 16; offset > 0; offset /= 2) v = fmaxf(v, __shfl_xor_sync(kAllLanes, v, offset));
  return v;
}

DEVICE double weight_of(const SoftmaxLoss& a, int c) { return a.class_weight ? a.class_weight[c] : 1.0; }

// What every lane knows about a row's target: the label class's excess over its share, the share of each class
// (times its weight), the sum `all` of the targets, and the sum `score` of target(c) * (x[c] - max). Without
// smoothing the other classes are not read: 0 times an infinite logit would be NaN.
struct Target {
  double label, share, all, score;
};
DEVICE Target target_of(const SoftmaxLoss& a, const float* x, float largest, int label, int lane) {
  const double smoothing = a.smoothing, own = (1 - smoothing) * weight_of(a, label);
  Target t = {own, smoothing / a.classes, own, own * (double{x[label]} - largest)};
  if (t.share == 0) return t;
  double all = 0, score = 0;
  for (int j = lane; j < a.classes; j += 32) {
    const double share = t.share * weight_of(a, j);
    all += share, score += share * (double{x[j]} - largest);
  }
  t.all += sum_of_lanes(all), t.score += sum_of_lanes(score);
  return t;
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
  const Target target = a.label ? target_of(a, x, largest, label, lane) : Target{};
  if (a.loss && lane == 0) a.loss[row] = static_cast<float>(target.all * log(sum) - target.score);
  if (!a.probs && !a.dlogits) return;
  for (int j = lane; j < a.classes; j += 32) {
    const double prob = expf(x[j] - largest) / sum;
    if (a.probs) a.probs[row * a.classes + j] = static_cast<float>(prob);
    if (!a.dlogits) continue;
    const double wanted = target.share * weight_of(a, j) + (j == label ? target.label : 0.0);
    a.dlogits[row * a.classes + j] = static_cast<float>(a.scale * (prob * target.all - wanted));
  }
}

}  // namespace

void softmax_loss(const SoftmaxLoss& a, void*, Stream& stream) {
  launch<NoShared>(softmax_loss_kernel, grid_of(ceil_div<int64_t>(a.rows, kWarps)), 32 * kWarps, stream, a);
}

}  // namespace graft::DEVICE_NS
