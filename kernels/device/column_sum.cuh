// The sum of one column of a row-major matrix by a block of 32 x 8 threads: a warp reads 32 neighbouring columns,
// the eight warps share the rows. The order of the additions is fixed.
#pragma once
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {

struct ColumnSums {
  static constexpr int kColumns = 32, kRows = 8;
  float part[kRows][kColumns];
};

// x[., columns], rows [begin, end), column blockIdx.x * 32 + threadIdx.x. Threads of row 0 get the sum.
DEVICE float column_sum(const float* x, int64_t begin, int64_t end, int64_t columns, ColumnSums& s) {
  const int64_t column = int64_t{blockIdx.x} * ColumnSums::kColumns + threadIdx.x;
  float sum = 0;
  if (column < columns)
    for (int64_t row = begin + threadIdx.y; row < end; row += ColumnSums::kRows) sum += x[row * columns + column];
  s.part[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0) return 0;
  for (int row = 1; row < ColumnSums::kRows; ++row) sum += s.part[row][threadIdx.x];
  return sum;
}

}  // namespace graft::DEVICE_NS
