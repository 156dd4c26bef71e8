// A long sum with a small result (bias and weight gradients, a head's product) would keep few blocks busy. It is
// split into parts, each summed by its own block into the workspace, and the parts are added in order. The number
// of parts depends on the sizes alone, so the bits are the same on every device.
#pragma once
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {

struct Split {
  int parts = 1;
  int64_t length = 0;  // of a part; a multiple of the step, so that only the last part has a tail
};

// Parts of `total`, each at least `shortest` long and a multiple of `step`: as many as bring `tiles` results to
// about 264 blocks, two per SM of a large GPU.
HOST_DEVICE constexpr Split split_of(int64_t total, int64_t tiles, int64_t shortest, int64_t step) {
  const int64_t wanted = tiles >= 264 ? 1 : 264 / tiles, possible = total / shortest;
  const int64_t parts = wanted < possible ? wanted : possible < 1 ? 1 : possible;
  const int64_t length = ceil_div(ceil_div(total, parts), step) * step;
  return {static_cast<int>(ceil_div(total, length)), length};
}

// out[rows, n] = relu?( sum over parts of part[parts, rows, n] + bias[n] ), or out += the sum.
struct SplitSum {
  const float* part;
  int parts;
  int64_t size;  // rows * n
  int n;
  const float* bias = nullptr;
  float* out;
  bool relu = false, accumulate = false;
};
void sum_parts(const SplitSum& a, Stream& stream);

}  // namespace graft::DEVICE_NS
