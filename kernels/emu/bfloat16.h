// bfloat16 and TF32 on the host, rounded as in hardware.
#pragma once
#include <bit>
#include <cstdint>

#include "kernels/api/bf16.h"

namespace graft::emu {

// cvt.rna.tf32.f32: 10 bits of mantissa, to nearest, ties away from zero. A tensor core ignores the 13 bits below
// (tf32_value), so an unconverted value is truncated.
constexpr uint32_t tf32_bits(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  if ((bits & 0x7F800000u) == 0x7F800000u) return (bits & 0x7FFFFFu) ? 0x7FFFFFFFu : bits;
  return (bits + 0x1000u) & ~0x1FFFu;
}
constexpr float tf32_value(uint32_t bits) { return std::bit_cast<float>(bits & ~0x1FFFu); }

}  // namespace graft::emu
