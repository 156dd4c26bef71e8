// Convolution of any shape as a matrix product: pixels by taps times taps by filters. The im2col matrix exists only
// one block at a time. The gradient of the input gathers, too: a tap that no output pixel used contributes zero.
#include "kernels/cpu/conv/conv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/conv_im2col.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/gemm/multiply-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Packs a left operand whose rows are the pixels [n, height, width] and whose columns are [r, s, c]; source(n, i,
// j, r, s) points to the c values of a pixel and a tap, or is null for zeros.
template <class Source>
void pack_pixels(const Part& part, int64_t height, int64_t width, int64_t s_size, int64_t c_size,
                 const Source& source, float* to) {
  for (int64_t i = 0; i < part.rows; ++i) {
    const int64_t pixel = part.row + i, n = pixel / (height * width), h = pixel / width % height, w = pixel % width;
    for (int64_t k = 0, run = 0; k < part.depth; k += run) {
      const int64_t tap = (part.k + k) / c_size, c = (part.k + k) % c_size;
      run = std::min({part.depth - k, c_size - c, kDepth - k % kDepth});
      const float* from = source(n, h, w, tap / s_size, tap % s_size);
      float* row = to + (k / kDepth * part.rows + i) * kDepth + k % kDepth;
      if (from) {
        copy_row(from + c, run, row);
      } else {
        clear_row(row, run);
      }
    }
  }
}

void forward(const Conv2d& a) {
  const Conv2dShape& at = a.at;
  const int64_t p = at.p(), q = at.q(), taps = int64_t{at.r} * at.s * at.c;
  const auto source = [&](int64_t n, int64_t i, int64_t j, int64_t r, int64_t s) -> const float* {
    const int64_t h = i * at.stride + r - at.pad, w = j * at.stride + s - at.pad;
    if (h < 0 || h >= at.h || w < 0 || w >= at.w) return nullptr;
    return a.x + ((n * at.h + h) * at.w + w) * at.c;
  };
  multiply(
      {at.n * p * q, at.k, taps, a.bias, a.y, a.relu, false},
      [&](const Part& part, float* to) { pack_pixels(part, p, q, at.s, at.c, source, to); }, RightRows{a.w, at.k});
}

void grad_input(const Conv2dGradInput& a) {
  const Conv2dShape& at = a.at;
  const int64_t p_size = at.p(), q_size = at.q(), taps = int64_t{at.r} * at.s * at.k;
  const auto source = [&](int64_t n, int64_t h, int64_t w, int64_t r, int64_t s) -> const float* {
    const int64_t p = h + at.pad - r, q = w + at.pad - s;  // times the stride
    if (p < 0 || q < 0 || p % at.stride || q % at.stride) return nullptr;
    if (p / at.stride >= p_size || q / at.stride >= q_size) return nullptr;
    return a.dy + ((n * p_size + p / at.stride) * q_size + q / at.stride) * at.k;
  };
  // The right operand is [r, s, k] by c.
  const auto filters = [&](const Part& part, float* to) {
    for (int64_t k = part.k, run = 0; k < part.k + part.depth; k += run, to += run * kTileN) {
      run = std::min(at.k - k % at.k, part.k + part.depth - k);
      pack_panel_transposed(a.w + (k / at.k * at.c + part.row) * at.k + k % at.k, at.k, run, part.rows, to);
    }
  };
  multiply(
      {int64_t{at.n} * at.h * at.w, at.c, taps, nullptr, a.dx, false, false},
      [&](const Part& part, float* to) { pack_pixels(part, at.h, at.w, at.s, at.k, source, to); }, filters);
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(forward);
HWY_EXPORT(grad_input);

bool im2col_supports(const Conv2d& a, const DeviceInfo&) { return !a.pool; }

void conv2d_im2col(const Conv2d& a, void*, Stream&) { HWY_DYNAMIC_DISPATCH(forward)(a); }
void conv2d_grad_input_im2col(const Conv2dGradInput& a, void*, Stream&) { HWY_DYNAMIC_DISPATCH(grad_input)(a); }

}  // namespace graft::cpu
#endif
