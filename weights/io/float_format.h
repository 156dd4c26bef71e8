// Converts 16-bit floats other than bf16 (kernels/api/bf16.h) to f32; every value is exact.
#pragma once
#include <cmath>
#include <cstdint>

namespace graft {

inline float f16_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float magnitude = exponent == 31  ? (fraction ? std::nanf("") : INFINITY)
                          : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                          : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

}  // namespace graft
