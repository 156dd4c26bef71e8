// The built-in variables, types and functions of CUDA, for the host. Only those that our kernels use; names and
// meanings are those of the CUDA C++ Programming Guide. They are in graft::emu, so that nothing leaks.
#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/emu/bfloat16.h"
#include "kernels/emu/thread.h"

#define __launch_bounds__(...)
#define __forceinline__ inline
#define __align__(n) alignas(n)

namespace graft::emu {

// ---- synchronisation
// ---------------------------------------------------------------------------------------------
inline void __syncthreads(Where where = Where::current()) { meet_block(where); }
inline void __syncwarp(uint32_t mask = 0xFFFFFFFFu, Where where = Where::current()) {
  meet_warp(
      mask, nullptr, [](void* const(&)[32]) {}, where);
}

// A lane's part of a shuffle. A value from a missing lane is undefined on a GPU; here all its bits are one.
template <class T>
struct Shuffle {
  T value, result;
  int source;
  static void resolve(void* const (&slots)[32]) {
    for (void* slot : slots) {
      if (!slot) continue;
      auto& s = *static_cast<Shuffle*>(slot);
      const void* from = slots[s.source];
      if (from) {
        s.result = static_cast<const Shuffle*>(from)->value;
      } else {
        std::memset(&s.result, 0xFF, sizeof(T));
      }
    }
  }
};

template <class T>
T shuffle(uint32_t mask, T value, int source, bool inside, Where where) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  Shuffle<T> s{value, value, inside ? source : lane_id()};
  meet_warp(mask, &s, Shuffle<T>::resolve, where);
  return s.result;
}

// `width` divides the warp into groups that shuffle among themselves. A source outside of the group returns the
// lane's own value.
template <class T>
T __shfl_sync(uint32_t mask, T value, int source, int width = 32, Where where = Where::current()) {
  return shuffle(mask, value, (lane_id() & -width) + (source & (width - 1)), true, where);
}
template <class T>
T __shfl_xor_sync(uint32_t mask, T value, int bits, int width = 32, Where where = Where::current()) {
  const int source = lane_id() ^ bits;
  return shuffle(mask, value, source, source < (lane_id() & -width) + width, where);
}
template <class T>
T __shfl_down_sync(uint32_t mask, T value, int by, int width = 32, Where where = Where::current()) {
  const int source = lane_id() + by;
  return shuffle(mask, value, source, source < (lane_id() & -width) + width, where);
}
template <class T>
T __shfl_up_sync(uint32_t mask, T value, int by, int width = 32, Where where = Where::current()) {
  const int source = lane_id() - by;
  return shuffle(mask, value, source, source >= (lane_id() & -width), where);
}

struct Ballot {
  bool vote;
  uint32_t result;
  static void resolve(void* const (&slots)[32]) {
    uint32_t result = 0;
    for (int lane = 0; lane < 32; ++lane)
      if (slots[lane] && static_cast<Ballot*>(slots[lane])->vote) result |= 1u << lane;
    for (void* slot : slots)
      if (slot) static_cast<Ballot*>(slot)->result = result;
  }
};
inline uint32_t __ballot_sync(uint32_t mask, int predicate, Where where = Where::current()) {
  Ballot b{predicate != 0, 0};
  meet_warp(mask, &b, Ballot::resolve, where);
  return b.result;
}
inline int __any_sync(uint32_t mask, int predicate, Where where = Where::current()) {
  return __ballot_sync(mask, predicate, where) != 0;
}
inline int __all_sync(uint32_t mask, int predicate, Where where = Where::current()) {
  return __ballot_sync(mask, !predicate, where) == 0;
}

// ---- memory ----------------------------------------------------------------------------------------------------
template <class T>
T __ldg(const T* p) {
  return *p;
}
inline void __threadfence() { std::atomic_thread_fence(std::memory_order_seq_cst); }

template <class T>
T atomicAdd(T* p, std::type_identity_t<T> v) {
  return std::atomic_ref<T>(*p).fetch_add(v);
}
template <class T>
T atomicExch(T* p, std::type_identity_t<T> v) {
  return std::atomic_ref<T>(*p).exchange(v);
}
template <class T>
T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v) {
  std::atomic_ref<T>(*p).compare_exchange_strong(expected, v);
  return expected;
}
template <class T>
T atomicMax(T* p, std::type_identity_t<T> v) {
  const std::atomic_ref<T> at(*p);
  T old = at.load();
  while (old < v && !at.compare_exchange_weak(old, v)) {
  }
  return old;
}

// ---- arithmetic ------------------------------------------------------------------------------------------------
template <class A, class B>
constexpr auto min(A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(a) : static_cast<T>(b);
}
template <class A, class B>
constexpr auto max(A a, B b) {
  using T = std::common_type_t<A, B>;
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(b) : static_cast<T>(a);
}
// A GPU's fast versions are less precise than these.
inline float __expf(float v) { return std::exp(v); }
inline float __logf(float v) { return std::log(v); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float v) { return 1.0f / std::sqrt(v); }
// Versions that nvcc may not fuse into a multiply-add.
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float v) { return std::sqrt(v); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }

inline float __uint_as_float(uint32_t v) { return std::bit_cast<float>(v); }
inline uint32_t __float_as_uint(float v) { return std::bit_cast<uint32_t>(v); }
inline float __int_as_float(int v) { return std::bit_cast<float>(v); }
inline int __float_as_int(float v) { return std::bit_cast<int>(v); }
inline int __popc(uint32_t v) { return std::popcount(v); }
inline int __clz(int v) { return std::countl_zero(static_cast<uint32_t>(v)); }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }

}  // namespace graft::emu
