// Which lane of a warp holds which element in mma.sync and ldmatrix (PTX ISA, "Matrix fragments for mma"), as data
// for the emulator, for kernels and for tests. Lane l has group g = l/4 and place p = l%4. A is [16,K], B [K,8], D
// [16,8].
#pragma once
#include "kernels/device/portable.h"

namespace graft::DEVICE_NS {

struct Element {
  int row, col;
};

// m16n8k8 TF32: one element per register.
HOST_DEVICE constexpr Element tf32_a(int lane, int reg) { return {lane / 4 + reg % 2 * 8, lane % 4 + reg / 2 * 4}; }
HOST_DEVICE constexpr Element tf32_b(int lane, int reg) { return {lane % 4 + reg * 4, lane / 4}; }

// m16n8k16 bf16: two elements per register, half 0 in the low bits.
HOST_DEVICE constexpr Element bf16_a(int lane, int reg, int half) {
  return {lane / 4 + reg % 2 * 8, lane % 4 * 2 + half + reg / 2 * 8};
}
HOST_DEVICE constexpr Element bf16_b(int lane, int reg, int half) {
  return {lane % 4 * 2 + half + reg * 8, lane / 4};
}

// Accumulators of both.
HOST_DEVICE constexpr Element mma_d(int lane, int reg) { return {lane / 4 + reg / 2 * 8, lane % 4 * 2 + reg % 2}; }

// ldmatrix: matrix i is 8 rows of 8 16-bit values; lane 8*i+r gives the address of row r. Register i of a lane then
// holds this element of matrix i (half 0 in the low bits); with .trans row and column are swapped.
HOST_DEVICE constexpr Element ldmatrix(int lane, int half) { return {lane / 4, lane % 4 * 2 + half}; }

}  // namespace graft::DEVICE_NS
