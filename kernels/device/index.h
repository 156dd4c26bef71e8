// The index maps of implicit GEMM and of swizzled shared memory: small and error-prone, hence separate, so that the
// tests can check them on the host.
#pragma once
#include "kernels/device/portable.h"

namespace graft::DEVICE_NS {

// Row of an implicit GEMM -> image and position in it: rows are the pixels of all images, in memory order.
struct Pixel {
  int n, row, col;
};
HOST_DEVICE constexpr Pixel pixel_of(int index, int rows, int cols) {
  return {index / cols / rows, index / cols % rows, index % cols};
}

// The same with a fused 2x2 pool: row -> window (in the memory order of y) and part of it, 2 * row + col. The four
// parts meet in one thread if they are as far apart as its rows: 1 in a register tile, 8 in tensor-core tiles.
struct WindowPart {
  int window, part;
};
HOST_DEVICE constexpr WindowPart window_of(int row, int pool_row_stride) {
  return {row / (4 * pool_row_stride) * pool_row_stride + row % pool_row_stride, row / pool_row_stride % 4};
}

// Row -> output pixel before pooling. rows and cols are those of y; apart is 0 where nothing is pooled.
HOST_DEVICE constexpr Pixel conv_pixel(int row, int rows, int cols, int pool_row_stride) {
  if (pool_row_stride == 0) return pixel_of(row, rows, cols);
  const WindowPart at = window_of(row, pool_row_stride);
  const Pixel window = pixel_of(at.window, rows, cols);
  return {window.n, 2 * window.row + at.part / 2, 2 * window.col + at.part % 2};
}

// The number of rows that `outputs` pixels of y make.
HOST_DEVICE constexpr int64_t conv_rows(int64_t outputs, int pool_row_stride) {
  return pool_row_stride == 0 ? outputs : (outputs + pool_row_stride - 1) / pool_row_stride * pool_row_stride * 4;
}

// Inner index of an implicit GEMM -> filter tap and channel: the order of the filters in memory, [r,s,c,k].
struct Tap {
  int r, s, c;
};
HOST_DEVICE constexpr Tap tap_of(int index, int s, int c) { return {index / c / s, index / c % s, index % c}; }

// Where a tile of an operand keeps element [outer, inner], in floats. Copies write 16 bytes (a "four") at once, and
// multiplications read in another pattern; the fours of a row are permuted so that neither has bank conflicts.
//
// Along the inner index, kDepth = 32 floats a row: a quarter of a warp reads fours p and rows g, g + 1 (p = 0..3).
HOST_DEVICE constexpr int swizzle_along_inner(int outer, int inner) {
  return outer * 32 + ((inner / 4) ^ (outer % 2 * 4)) * 4 + inner % 4;
}
// Along the outer index: a warp reads single floats, inner 4 * p + j, outer g (p = 0..3, g = 0..7).
HOST_DEVICE constexpr int swizzle_along_outer(int outer, int inner, int outers) {
  return inner * outers + ((outer / 4) ^ (inner / 4 % 4 * 2)) * 4 + outer % 4;
}

// The element that chunk `chunk` of a row starts with, where rows of bf16 are divided into `chunks` (8, 16 or 32)
// of eight values, 16 bytes. Copies write the chunks of a row side by side, ldmatrix reads one chunk of eight rows:
// both touch every bank once.
HOST_DEVICE constexpr int swizzle_bf16(int row, int chunk, int chunks) {
  return (row * chunks + (chunk ^ row % 8)) * 8;
}

}  // namespace graft::DEVICE_NS
