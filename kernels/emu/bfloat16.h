// bfloat16 and TF32 on the host, rounded as the hardware rounds.
#pragma once
#include <bit>
#include <cstdint>

namespace graft::emu {

// The upper 16 bits of an f32, to nearest, ties to even; a NaN stays one (cvt.rn.bf16.f32 gives 0x7FFF).
constexpr uint16_t bf16_bits(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return 0x7FFF;
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}
constexpr float bf16_value(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

// cvt.rna.tf32.f32: 10 bits of mantissa, to nearest, ties away from zero. A tensor core ignores the 13 bits below
// (tf32_value), so that a value which was not converted first is cut off.
constexpr uint32_t tf32_bits(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  if ((bits & 0x7F800000u) == 0x7F800000u) return (bits & 0x7FFFFFu) ? 0x7FFFFFFFu : bits;
  return (bits + 0x1000u) & ~0x1FFFu;
}
constexpr float tf32_value(uint32_t bits) { return std::bit_cast<float>(bits & ~0x1FFFu); }

struct __nv_bfloat16 {
  uint16_t bits;
};
struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};
constexpr __nv_bfloat16 __float2bfloat16(float v) { return {bf16_bits(v)}; }
constexpr __nv_bfloat16 __float2bfloat16_rn(float v) { return {bf16_bits(v)}; }
constexpr float __bfloat162float(__nv_bfloat16 v) { return bf16_value(v.bits); }
constexpr __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {{bf16_bits(x)}, {bf16_bits(y)}}; }

}  // namespace graft::emu
