// bfloat16: the upper half of an f32, 8 bits of precision and the range of f32. Storage only: arithmetic is f32.
#pragma once
#include <bit>
#include <cstdint>

namespace graft {

struct Bf16 {
  uint16_t bits;
};

// To nearest, ties to even; every NaN becomes 0x7FFF, as with the instruction cvt.rn.bf16.f32.
constexpr Bf16 bf16_of(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return {0x7FFF};
  return {static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16)};
}
constexpr float f32_of(Bf16 v) { return std::bit_cast<float>(uint32_t{v.bits} << 16); }

}  // namespace graft
