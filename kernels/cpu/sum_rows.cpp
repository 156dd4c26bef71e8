// Sums of rows: the gradient of a bias and the mean over an image. Sums are in double, because one over 50,000
// pixels in f32 would already miss the tolerance. Blocks of a fixed number of rows are summed in parallel into the
// workspace, then the blocks in order.
#include <algorithm>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/sum_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

void sum_block(const float* x, int64_t rows, int64_t width, double* sums) {
  for_lanes<double>(0, width, [&](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<float, decltype(d)> f;
    auto sum = hn::Zero(d);
    for (int64_t row = 0; row < rows; ++row)
      sum = hn::Add(sum, hn::PromoteTo(d, hn::LoadU(f, x + row * width + i)));
    hn::StoreU(sum, d, sums + i);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {
namespace {

HWY_EXPORT(sum_block);

constexpr int64_t kBlockRows = 256;
int64_t blocks_of(int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

// sums[group, block, width] of x[group, rows, width]; then each group's blocks are added up into its first one.
void sum_rows(const float* x, int64_t groups, int64_t rows, int64_t width, double* sums) {
  const int64_t blocks = blocks_of(rows);
  parallel_rows(groups * blocks, kBlockRows * width, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / blocks, first = i % blocks * kBlockRows;
      HWY_DYNAMIC_DISPATCH(sum_block)
      (x + (group * rows + first) * width, std::min(kBlockRows, rows - first), width, sums + i * width);
    }
  });
  for (int64_t group = 0; group < groups; ++group) {
    double* total = sums + group * blocks * width;
    for (int64_t i = 1; i < blocks; ++i)
      for (int64_t j = 0; j < width; ++j) total[j] += total[i * width + j];
  }
}

}  // namespace

size_t sum_rows_workspace(const BiasGrad& a) { return sizeof(double) * blocks_of(a.rows) * a.k; }
size_t sum_rows_workspace(const GlobalAvgPool& a) {
  return sizeof(double) * a.n * blocks_of(int64_t{a.h} * a.w) * a.c;
}

void bias_grad(const BiasGrad& a, void* workspace, Stream&) {
  double* sums = static_cast<double*>(workspace);
  sum_rows(a.dy, 1, a.rows, a.k, sums);
  for (int64_t j = 0; j < a.k; ++j) a.db[j] = static_cast<float>(sums[j] + (a.accumulate ? a.db[j] : 0.0));
}

void global_avgpool(const GlobalAvgPool& a, void* workspace, Stream&) {
  double* sums = static_cast<double*>(workspace);
  const int64_t area = int64_t{a.h} * a.w;
  sum_rows(a.x, a.n, area, a.c, sums);
  for (int64_t n = 0; n < a.n; ++n)
    for (int64_t j = 0; j < a.c; ++j)
      a.y[n * a.c + j] = static_cast<float>(sums[n * blocks_of(area) * a.c + j] / static_cast<double>(area));
}

}  // namespace graft::cpu
#endif
