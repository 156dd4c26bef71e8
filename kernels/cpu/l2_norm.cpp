// The norm of an arena of gradients: chunks of a fixed size are summed in parallel into the workspace, in double,
// and then added in order, so that the bits are the same for any number of threads.
#include <algorithm>
#include <cmath>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/l2_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Four sums, since each addition to a single one would wait for the previous.
double sum_of_squares(const float* x, int64_t begin, int64_t end) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> f;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = begin;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    const auto x0 = hn::PromoteTo(d, hn::LoadU(f, x + i)), x1 = hn::PromoteTo(d, hn::LoadU(f, x + i + lanes));
    const auto x2 = hn::PromoteTo(d, hn::LoadU(f, x + i + 2 * lanes));
    const auto x3 = hn::PromoteTo(d, hn::LoadU(f, x + i + 3 * lanes));
    s0 = hn::MulAdd(x0, x0, s0), s1 = hn::MulAdd(x1, x1, s1);
    s2 = hn::MulAdd(x2, x2, s2), s3 = hn::MulAdd(x3, x3, s3);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < end; ++i) sum += double{x[i]} * x[i];
  return sum;
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(sum_of_squares);

size_t l2_norm_workspace(const L2Norm& a) {
  return sizeof(double) * static_cast<size_t>((a.size + kGrain - 1) / kGrain);
}

void l2_norm(const L2Norm& a, void* workspace, Stream&) {
  double* const sums = static_cast<double*>(workspace);
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    sums[begin / kGrain] = HWY_DYNAMIC_DISPATCH(sum_of_squares)(a.x, begin, end);
  });
  double sum = 0;
  for (int64_t i = 0; i * kGrain < a.size; ++i) sum += sums[i];
  *a.norm = static_cast<float>(std::sqrt(sum));
}

}  // namespace graft::cpu
#endif
