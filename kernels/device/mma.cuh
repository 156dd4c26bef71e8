// Tensor-core multiplication, its loads from shared memory, and asynchronous copies into it: one function per PTX
// instruction (sm_80 and later). On the host the same functions have the same meaning (kernels/emu/mma.h). All
// lanes of a warp call mma_* and ldmatrix_* together. Lane layouts: fragments.h.
#pragma once
#include "kernels/device/fragments.h"
#ifndef __CUDACC__
#include "kernels/emu/mma.h"
#else

namespace graft::DEVICE_NS {

// d[16,8] += a[16,8] * b[8,8] in TF32. Round the inputs with to_tf32; otherwise their low 13 bits are truncated.
DEVICE void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// d[16,8] += a[16,16] * b[16,8] in bf16, two elements per register.
DEVICE void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE uint32_t to_tf32(float v) {
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
  return bits;
}

// Two values in one register, to nearest even; `low` in the low bits.
DEVICE uint32_t pack_bf16(float low, float high) {
  uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}

// The maximum of both pairs; a NaN stays NaN.
DEVICE uint32_t max_bf16(uint32_t a, uint32_t b) {
  uint32_t bits;
  asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(bits) : "r"(a), "r"(b));
  return bits;
}

// Four 8x8 matrices of 16-bit values; lane 8*i+r gives the address of row r of matrix i: 16 bytes in shared memory.
DEVICE void ldmatrix_x4(uint32_t (&d)[4], const void* row) {
  const uint32_t at = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"(at)
               : "memory");
}
DEVICE void ldmatrix_x4_trans(uint32_t (&d)[4], const void* row) {
  const uint32_t at = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"(at)
               : "memory");
}

// Copies 16 bytes from global to shared memory (both aligned to 16) asynchronously, or writes zeros if not valid;
// then `global` is not read. The thread's copies since the last commit form a group; cp_async_wait<N> waits until
// at most N of its groups are pending. Others see the data after a barrier that follows the wait.
DEVICE void cp_async_16(void* shared, const void* global, bool valid = true) {
  const uint32_t at = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(global), "r"(valid ? 16 : 0)
               : "memory");
}
DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N>
DEVICE void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

}  // namespace graft::DEVICE_NS
#endif
