// Sums over rows: coalesced columns; rows are split over blocks if there are many.
#include "kernels/device/column_sum.cuh"
#include "kernels/device/launchers.h"
#include "kernels/device/split.cuh"

namespace graft::DEVICE_NS {
namespace {

Split split_rows(const BiasGrad& a) { return split_of(a.rows, ceil_div(a.k, ColumnSums::kColumns), 256, 1); }

GLOBAL void __launch_bounds__(256) bias_grad_kernel(BiasGrad a, int64_t length) {
  SHARED(ColumnSums, s);
  const int64_t part = blockIdx.y, begin = part * length, end = begin + length;
  const float sum = column_sum(a.dy, begin, end < a.rows ? end : a.rows, a.k, s);
  const int64_t column = int64_t{blockIdx.x} * ColumnSums::kColumns + threadIdx.x;
  if (threadIdx.y != 0 || column >= a.k) return;
  float& db = a.db[part * a.k + column];
  db = a.accumulate ? db + sum : sum;
}

}  // namespace

size_t bias_grad_workspace(const BiasGrad& a) {
  const int parts = split_rows(a).parts;
  return parts > 1 ? sizeof(float) * parts * a.k : 0;
}

void bias_grad(const BiasGrad& a, void* workspace, Stream& stream) {
  const Split split = split_rows(a);
  BiasGrad part = a;
  if (split.parts > 1) part.db = static_cast<float*>(workspace), part.accumulate = false;
  launch<ColumnSums>(bias_grad_kernel, grid_of(ceil_div<int64_t>(a.k, ColumnSums::kColumns), split.parts),
                     dim3(ColumnSums::kColumns, ColumnSums::kRows), stream, part, split.length);
  if (split.parts > 1)
    sum_parts(
        {.part = part.db, .parts = split.parts, .size = a.k, .n = a.k, .out = a.db, .accumulate = a.accumulate},
        stream);
}

}  // namespace graft::DEVICE_NS
