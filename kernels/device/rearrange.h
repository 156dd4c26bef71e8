// Kernels around those of other libraries: filters in their order, and a bias and ReLU where they have none.
#pragma once
#include "kernels/api/table.h"

namespace graft {

// y[columns, rows] = x[rows, columns] transposed, or y += that.
struct Transpose {
  int rows, columns;
  const float* x;
  float* y;
  bool accumulate = false;
};

// y[rows, n] = relu?( y + bias[n] )
struct AddBias {
  int64_t rows;
  int n;
  const float* bias;  // may be null
  float* y;
  bool relu = false;
};

namespace cuda {
void transpose(const Transpose& a, Stream& stream);
void add_bias(const AddBias& a, Stream& stream);
}  // namespace cuda
namespace emu {
void transpose(const Transpose& a, Stream& stream);
void add_bias(const AddBias& a, Stream& stream);
}  // namespace emu

}  // namespace graft
