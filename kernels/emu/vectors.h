// The vector types of CUDA that kernels use, with its sizes and alignments.
#pragma once
#include <cstdint>
#include <source_location>

namespace graft::emu {

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

// A grid that remembers the line of its launch.
struct LaunchGrid : dim3 {
  std::source_location where;
  template <class T>
  LaunchGrid(T d, std::source_location at = std::source_location::current()) : dim3(d), where(at) {}
};

// clang-format off
#define GRAFT_VECTOR(T, name, bytes2, bytes4)                                                          \
  struct alignas(bytes2) name##2 { T x, y; };                                                          \
  struct alignas(bytes4) name##4 { T x, y, z, w; };                                                    \
  constexpr name##2 make_##name##2(T x, T y) { return {x, y}; }                                        \
  constexpr name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
GRAFT_VECTOR(float, float, 8, 16)
GRAFT_VECTOR(int32_t, int, 8, 16)
GRAFT_VECTOR(uint32_t, uint, 8, 16)
GRAFT_VECTOR(uint16_t, ushort, 4, 8)
GRAFT_VECTOR(uint8_t, uchar, 2, 4)
#undef GRAFT_VECTOR
// clang-format on

}  // namespace graft::emu
