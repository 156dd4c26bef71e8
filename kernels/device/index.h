// The index maps of implicit GEMM and of swizzled shared memory: small, hard to see, and therefore apart, where the
// tests check them on the host.
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

// Inner index of an implicit GEMM -> filter tap and channel: the order of the filters in memory, [r,s,c,k].
struct Tap {
  int r, s, c;
};
HOST_DEVICE constexpr Tap tap_of(int index, int s, int c) { return {index / c / s, index / c % s, index % c}; }

// Where a tile of an operand keeps element [outer, inner], in floats. Copies write 16 bytes (a "four") at once, and
// multiplications read it in another pattern; the fours of a row are permuted so that neither meets the same
// bank of shared memory twice.
//
// Along the inner index, kDepth = 32 floats a row: a quarter of a warp reads fours p and rows g, g + 1 (p = 0..3).
HOST_DEVICE constexpr int swizzle_along_inner(int outer, int inner) {
  return outer * 32 + ((inner / 4) ^ (outer % 2 * 4)) * 4 + inner % 4;
}
// Along the outer index: a warp reads single floats, inner 4 * p + j, outer g (p = 0..3, g = 0..7).
HOST_DEVICE constexpr int swizzle_along_outer(int outer, int inner, int outers) {
  return inner * outers + ((outer / 4) ^ (inner / 4 % 4 * 2)) * 4 + outer % 4;
}

}  // namespace graft::DEVICE_NS
