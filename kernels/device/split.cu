// The second half of every split sum: adds the parts in order.
#include "kernels/device/split.cuh"

namespace graft::DEVICE_NS {
namespace {

GLOBAL void __launch_bounds__(kThreads) sum_parts_kernel(SplitSum a) {
  const int64_t i = global_thread();
  if (i >= a.size) return;
  float sum = 0;
  for (int part = 0; part < a.parts; ++part) sum += a.part[part * a.size + i];
  if (a.bias) sum += a.bias[i % a.n];
  if (a.accumulate) sum += a.out[i];
  a.out[i] = a.relu && sum < 0 ? 0.0f : sum;
}

}  // namespace

void sum_parts(const SplitSum& a, Stream& stream) {
  launch<NoShared>(sum_parts_kernel, grid_of(ceil_div<int64_t>(a.size, kThreads)), kThreads, stream, a);
}

}  // namespace graft::DEVICE_NS
