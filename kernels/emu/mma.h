// The functions of kernels/device/mma.cuh on the host.
#pragma once
#include "kernels/device/fragments.h"
#include "kernels/emu/builtins.h"

namespace graft::emu {

void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                      Where where = Where::current());
void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                       Where where = Where::current());
void ldmatrix_x4(uint32_t (&d)[4], const void* row, Where where = Where::current());
void ldmatrix_x4_trans(uint32_t (&d)[4], const void* row, Where where = Where::current());

inline uint32_t to_tf32(float v) { return tf32_bits(v); }
inline uint32_t pack_bf16(float low, float high) { return bf16_of(low).bits | uint32_t{bf16_of(high).bits} << 16; }
inline uint32_t max_bf16(uint32_t a, uint32_t b) {
  const auto larger = [](float x, float y) { return x < y || y != y ? y : x; };
  const auto half = [](uint32_t bits, int i) { return f32_of({static_cast<uint16_t>(bits >> 16 * i)}); };
  return pack_bf16(larger(half(a, 0), half(b, 0)), larger(half(a, 1), half(b, 1)));
}

inline void cp_async_16(void* shared, const void* global, bool valid = true, Where where = Where::current()) {
  copy_later(shared, global, valid, where);
}
inline void cp_async_commit() { commit_copies(); }
template <int N>
void cp_async_wait() {
  wait_copies(N);
}

}  // namespace graft::emu
