// 2x2 max pooling and its gradient. A thread owns a window and four channels of it, in both directions, so that the
// gradient is a gather: every element of dx is written once, by the thread of its window, without atomics. A block
// works on one row of windows, so that only small numbers are divided.
#include "kernels/device/launchers.h"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {
namespace {

struct Best {
  float value;
  uint8_t at;
};

// The first maximum in row order; a NaN counts as the maximum.
DEVICE Best best_of(float a, float b, float c, float d) {
  const float v[4] = {a, b, c, d};
  Best best = {a, 0};
  for (int i = 1; i < 4; ++i)
    if (v[i] > best.value || (v[i] != v[i] && best.value == best.value)) best = {v[i], static_cast<uint8_t>(i)};
  return best;
}

GLOBAL void __launch_bounds__(kThreads) maxpool_kernel(MaxPool a, bool wide) {
  const int p = a.h / 2, q = a.w / 2, fours = ceil_div(a.c, 4);
  const int64_t row = blockIdx.x, top = (row / p * a.h + row % p * 2) * a.w;
  for (int64_t i = blockIdx.y * kThreads + threadIdx.x; i < int64_t{q} * fours; i += gridDim.y * kThreads) {
    const int col = static_cast<int>(i / fours), c = static_cast<int>(i % fours) * 4;
    const float* x = a.x + (top + 2 * col) * a.c;
    const float4 x0 = load4(x, c, a.c, wide), x1 = load4(x + a.c, c, a.c, wide);
    x += int64_t{a.w} * a.c;
    const float4 x2 = load4(x, c, a.c, wide), x3 = load4(x + a.c, c, a.c, wide);
    const Best best[4] = {best_of(x0.x, x1.x, x2.x, x3.x), best_of(x0.y, x1.y, x2.y, x3.y),
                          best_of(x0.z, x1.z, x2.z, x3.z), best_of(x0.w, x1.w, x2.w, x3.w)};
    const int64_t out = (row * q + col) * a.c;
    store4(a.y + out, c, a.c, wide, {best[0].value, best[1].value, best[2].value, best[3].value});
    if (!a.argmax) continue;
    int codes = 0;
    for (int j = 0; j < 4 && c + j < a.c; ++j) codes |= best[j].at << 2 * j;
    a.argmax[(row * q + col) * fours + c / 4] = static_cast<uint8_t>(codes);
  }
}

// Windows over the last odd row and column lie half outside: only zeros are written there.
GLOBAL void __launch_bounds__(kThreads) maxpool_grad_kernel(MaxPoolGrad a, bool wide) {
  const int p = a.h / 2, q = a.w / 2, rows = ceil_div(a.h, 2), cols = ceil_div(a.w, 2), fours = ceil_div(a.c, 4);
  const int64_t image = blockIdx.x / rows, row = blockIdx.x % rows;
  for (int64_t i = blockIdx.y * kThreads + threadIdx.x; i < int64_t{cols} * fours; i += gridDim.y * kThreads) {
    const int col = static_cast<int>(i / fours), c = static_cast<int>(i % fours) * 4;
    const bool whole = row < p && col < q;
    const int64_t window = (image * p + row) * q + col;
    const float4 dy = whole ? load4(a.dy + window * a.c, c, a.c, wide) : float4{0, 0, 0, 0};
    const int codes = whole ? a.argmax[window * fours + c / 4] : 0;
    for (int part = 0; part < 4; ++part) {
      const int64_t h = 2 * row + part / 2, w = 2 * col + part % 2;
      if (h >= a.h || w >= a.w) continue;
      const auto share = [&](int j, float d) { return (codes >> 2 * j & 3) == part ? d : 0.0f; };
      const float4 dx = {share(0, dy.x), share(1, dy.y), share(2, dy.z), share(3, dy.w)};
      store4(a.dx + ((image * a.h + h) * a.w + w) * a.c, c, a.c, wide, dx);
    }
  }
}

dim3 grid_of_rows(int64_t rows, int64_t cols, int c) {
  const int64_t blocks = ceil_div<int64_t>(cols * ceil_div(c, 4), kThreads);
  return grid_of(rows, blocks < 65535 ? blocks : 65535);
}

}  // namespace

void maxpool(const MaxPool& a, void*, Stream& stream) {
  const bool wide = aligned4(a.c, a.x, a.y);
  launch<NoShared>(maxpool_kernel, grid_of_rows(int64_t{a.n} * (a.h / 2), a.w / 2, a.c), kThreads, stream, a, wide);
}

void maxpool_grad(const MaxPoolGrad& a, void*, Stream& stream) {
  launch<NoShared>(maxpool_grad_kernel, grid_of_rows(int64_t{a.n} * ceil_div(a.h, 2), ceil_div(a.w, 2), a.c),
                   kThreads, stream, a, aligned4(a.c, a.dy, a.dx));
}

}  // namespace graft::DEVICE_NS
