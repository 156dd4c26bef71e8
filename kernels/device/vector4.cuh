// Four neighbouring floats at a time. Memory-bound kernels need few, wide accesses: a thread takes four values with
// one 16-byte access where the addresses are multiples of 16, and one by one where they are not or at the end.
#pragma once
#include "kernels/api/ops.h"
#include "kernels/device/portable.h"

namespace graft::DEVICE_NS {

constexpr int kThreads = 256;  // per block, in kernels without shared memory

template <class Int>
constexpr Int ceil_div(Int a, Int b) {
  return (a + b - 1) / b;
}

// Can rows of `length` floats that start at these pointers be accessed four at a time? (A null pointer is never
// read.)
template <class... Pointer>
bool aligned4(int64_t length, const Pointer*... p) {
  return length % 4 == 0 && ((reinterpret_cast<uintptr_t>(p) % 16 == 0) && ...);
}

// The larger one, or the NaN.
DEVICE float larger(float a, float b) { return a < b || b != b ? b : a; }

DEVICE int64_t global_thread() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }

// The values at p[i..i+3], zero from `size` on.
DEVICE float4 load4(const float* p, int64_t i, int64_t size, bool wide) {
  if (wide && i + 4 <= size) return *reinterpret_cast<const float4*>(p + i);
  return {i < size ? p[i] : 0.0f, i + 1 < size ? p[i + 1] : 0.0f, i + 2 < size ? p[i + 2] : 0.0f,
          i + 3 < size ? p[i + 3] : 0.0f};
}

DEVICE void store4(float* p, int64_t i, int64_t size, bool wide, float4 v) {
  if (wide && i + 4 <= size) {
    *reinterpret_cast<float4*>(p + i) = v;
    return;
  }
  if (i < size) p[i] = v.x;
  if (i + 1 < size) p[i + 1] = v.y;
  if (i + 2 < size) p[i + 2] = v.z;
  if (i + 3 < size) p[i + 3] = v.w;
}

// The same for bf16 in memory: eight bytes for four values.
struct alignas(8) Bf16x4 {
  Bf16 x, y, z, w;
};

DEVICE float4 load4(const Bf16* p, int64_t i, int64_t size, bool wide) {
  const Bf16 zero = {0};
  const Bf16x4 v = wide && i + 4 <= size ? *reinterpret_cast<const Bf16x4*>(p + i)
                                         : Bf16x4{i < size ? p[i] : zero, i + 1 < size ? p[i + 1] : zero,
                                                  i + 2 < size ? p[i + 2] : zero, i + 3 < size ? p[i + 3] : zero};
  return {f32_of(v.x), f32_of(v.y), f32_of(v.z), f32_of(v.w)};
}

DEVICE void store4(Bf16* p, int64_t i, int64_t size, bool wide, float4 v) {
  const Bf16x4 narrow = {bf16_of(v.x), bf16_of(v.y), bf16_of(v.z), bf16_of(v.w)};
  if (wide && i + 4 <= size) {
    *reinterpret_cast<Bf16x4*>(p + i) = narrow;
    return;
  }
  if (i < size) p[i] = narrow.x;
  if (i + 1 < size) p[i + 1] = narrow.y;
  if (i + 2 < size) p[i + 2] = narrow.z;
  if (i + 3 < size) p[i + 3] = narrow.w;
}

// {f(x.x, ...), f(x.y, ...), ...}
template <class F, class... V>
DEVICE float4 map4(F f, V... v) {
  return {f(v.x...), f(v.y...), f(v.z...), f(v.w...)};
}

// Blocks of kThreads threads that take four elements each.
inline dim3 blocks_of_four(int64_t size) { return grid_of(ceil_div<int64_t>(size, 4 * kThreads)); }

}  // namespace graft::DEVICE_NS
