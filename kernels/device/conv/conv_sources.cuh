// Convolutions as products without an im2col matrix: sources (see product.cuh) that find each element of the
// unfolded matrix in the image. Rows and inner indices are 32-bit numbers, offsets 64-bit.
#pragma once
#include "kernels/device/gemm/product.cuh"
#include "kernels/device/index.h"

namespace graft::DEVICE_NS {

// Forward, left: [output pixel, (r,s,c)] of x; with a pool the pixels come window by window (conv_pixel).
struct InputTaps {
  static constexpr bool kAlongInner = true;
  const float* p;
  Conv2dShape shape;
  int rows, cols, pool_row_stride;  // of y
  bool wide;
  struct Cursor {
    const float* image;  // null beyond the last pixel
    int h, w;            // of tap 0, 0
  };
  DEVICE Cursor cursor(int pixel) const {
    const Pixel at = conv_pixel(pixel, rows, cols, pool_row_stride);
    return {at.n < shape.n ? p + int64_t{at.n} * shape.h * shape.w * shape.c : nullptr,
            at.row * shape.stride - shape.pad, at.col * shape.stride - shape.pad};
  }
  DEVICE const float* at(const Cursor& here, int inner, int j) const {
    const Tap tap = tap_of(inner + j, shape.s, shape.c);
    const int h = here.h + tap.r, w = here.w + tap.s;
    if (!here.image || tap.r >= shape.r || h < 0 || h >= shape.h || w < 0 || w >= shape.w) return nullptr;
    return here.image + (int64_t{h} * shape.w + w) * shape.c + tap.c;
  }
};

template <>
inline constexpr bool kMayPool<InputTaps> = true;

// Input gradient, left: [input pixel, (r,s,k)] of dy.
struct OutputTaps {
  static constexpr bool kAlongInner = true;
  const float* p;
  Conv2dShape shape;
  int rows, cols;  // p, q
  bool wide;
  struct Cursor {
    const float* image;
    int h, w;  // in the padded image
  };
  DEVICE Cursor cursor(int pixel) const {
    const Pixel at = pixel_of(pixel, shape.h, shape.w);
    return {at.n < shape.n ? p + int64_t{at.n} * rows * cols * shape.k : nullptr, at.row + shape.pad,
            at.col + shape.pad};
  }
  DEVICE const float* at(const Cursor& here, int inner, int j) const {
    const Tap tap = tap_of(inner + j, shape.s, shape.k);
    const int top = here.h - tap.r, left = here.w - tap.s, row = top / shape.stride, col = left / shape.stride;
    if (!here.image || tap.r >= shape.r || top < 0 || left < 0 || row >= rows || col >= cols) return nullptr;
    if (row * shape.stride != top || col * shape.stride != left) return nullptr;
    return here.image + (int64_t{row} * cols + col) * shape.k + tap.c;
  }
};

// Input gradient, right: [c, (r,s,k)] of w.
struct TransposedFilters {
  static constexpr bool kAlongInner = true;
  const float* p;
  Conv2dShape shape;
  bool wide;
  struct Cursor {
    int c;
  };
  DEVICE Cursor cursor(int c) const { return {c}; }
  DEVICE const float* at(const Cursor& here, int inner, int j) const {
    const int tap = (inner + j) / shape.k, k = (inner + j) % shape.k;
    if (here.c >= shape.c || tap >= shape.r * shape.s) return nullptr;
    return p + (int64_t{tap} * shape.c + here.c) * shape.k + k;
  }
};

// Weight gradient, left: [(r,s,c), output pixel] of x.
struct TapInputs {
  static constexpr bool kAlongInner = false;
  const float* p;
  Conv2dShape shape;
  int rows, cols;  // p, q
  bool wide;
  struct Cursor {
    int outer;
    Tap tap;
  };
  DEVICE Cursor cursor(int outer) const { return {outer, tap_of(outer, shape.s, shape.c)}; }
  DEVICE const float* at(const Cursor& here, int pixel, int j) const {
    const Tap tap = j == 0 ? here.tap : tap_of(here.outer + j, shape.s, shape.c);
    const Pixel to = pixel_of(pixel, rows, cols);
    const int h = to.row * shape.stride - shape.pad + tap.r, w = to.col * shape.stride - shape.pad + tap.s;
    if (to.n >= shape.n || tap.r >= shape.r || h < 0 || h >= shape.h || w < 0 || w >= shape.w) return nullptr;
    return p + ((int64_t{to.n} * shape.h + h) * shape.w + w) * shape.c + tap.c;
  }
};

// The products of the three convolutions; the caller sets c and the options.
inline int pixels_in(const Conv2dShape& at) { return at.n * at.h * at.w; }
inline int pixels_out(const Conv2dShape& at) { return at.n * at.p() * at.q(); }

// Pixels, taps and the tiles' overhang must fit in 32 bits.
inline bool fits_implicit(const Conv2dShape& at) {
  constexpr int64_t kMax = (int64_t{1} << 31) - 4096;
  const int64_t taps = int64_t{at.r} * at.s;
  return int64_t{at.n} * at.h * at.w < kMax && int64_t{at.n} * at.p() * at.q() < kMax && taps * at.c < kMax &&
         taps * at.k < kMax;
}

// A thread of the tile has the four pixels of a window if they are rows `apart` from each other.
inline InputTaps input_taps(const Conv2d& a, int pool_row_stride) {
  return {a.x, a.at, a.rows(), a.cols(), a.pool ? pool_row_stride : 0, aligned4(a.at.c, a.x)};
}
inline ColumnMajor filters(const Conv2d& a) {
  return {a.w, a.at.k, a.at.r * a.at.s * a.at.c, aligned4(a.at.k, a.w)};
}
inline Product product_of(const Conv2d& a, int pool_row_stride) {
  return {.m = a.at.n * a.rows() * a.cols(),
          .n = a.at.k,
          .depth = a.at.r * a.at.s * a.at.c,
          .c = a.y,
          .bias = a.bias,
          .relu = a.relu,
          .pool_row_stride = a.pool ? pool_row_stride : 0};
}

inline OutputTaps output_taps(const Conv2dGradInput& a) {
  return {a.dy, a.at, a.at.p(), a.at.q(), aligned4(a.at.k, a.dy)};
}
inline TransposedFilters filters(const Conv2dGradInput& a) { return {a.w, a.at, aligned4(a.at.k, a.w)}; }
inline Product product_of(const Conv2dGradInput& a) {
  return {.m = pixels_in(a.at), .n = a.at.c, .depth = a.at.r * a.at.s * a.at.k, .c = a.dx};
}

inline TapInputs tap_inputs(const Conv2dGradWeight& a) {
  return {a.x, a.at, a.at.p(), a.at.q(), aligned4(a.at.c, a.x)};
}
inline ColumnMajor gradients(const Conv2dGradWeight& a) {
  return {a.dy, a.at.k, pixels_out(a.at), aligned4(a.at.k, a.dy)};
}
inline Product product_of(const Conv2dGradWeight& a) {
  return {.m = a.at.r * a.at.s * a.at.c,
          .n = a.at.k,
          .depth = pixels_out(a.at),
          .parts = Parts::by_tiles,
          .c = a.dw,
          .accumulate = a.accumulate,
          .sums = a.db};
}

}  // namespace graft::DEVICE_NS
