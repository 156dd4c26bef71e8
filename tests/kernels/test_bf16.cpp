// Conversion to and from bf16, on every SIMD target, against the scalar functions of kernels/api/bf16.h: every
// upper half of an f32 with lower halves around the rounding boundaries, and every bf16.
#include <doctest/doctest.h>

#include <bit>
#include <string>
#include <vector>

#include "kernels/api/backend.h"
#include "tests/kernels/targets.h"

using namespace graft;
using namespace graft::test;

namespace {

constexpr uint32_t kHalves = 1 << 16;

template <class Args>
void run_first_row(const Args& a) {
  Stream stream;
  table_of(cpu_backend().tables, a).all().front().run(a, nullptr, stream);
}

// Returns the number of elements of `rounded` that differ from the scalar function.
int64_t wrong(const std::vector<float>& values, const std::vector<Bf16>& rounded) {
  int64_t count = 0;
  for (size_t i = 0; i < values.size(); ++i) count += rounded[i].bits != bf16_of(values[i]).bits;
  return count;
}

}  // namespace

TEST_CASE("bf16: the scalar function rounds to nearest, ties to even, and a NaN stays a quiet NaN") {
  const auto rounded = [](uint32_t bits) { return bf16_of(std::bit_cast<float>(bits)).bits; };
  CHECK(rounded(0x3F800000) == 0x3F80);  // 1
  CHECK(rounded(0x3F807FFF) == 0x3F80);
  CHECK(rounded(0x3F808000) == 0x3F80);  // a tie, down to even
  CHECK(rounded(0x3F808001) == 0x3F81);
  CHECK(rounded(0x3F818000) == 0x3F82);  // a tie, up to even
  CHECK(rounded(0x80000000) == 0x8000);  // -0
  CHECK(rounded(0x00008000) == 0x0000);  // subnormal, a tie
  CHECK(rounded(0x00008001) == 0x0001);
  CHECK(rounded(0x7F7FFFFF) == 0x7F80);  // the largest f32: infinity is nearer than any bf16
  CHECK(rounded(0x7F800000) == 0x7F80);
  CHECK(rounded(0xFF800000) == 0xFF80);
  for (uint32_t nan : {0x7F800001u, 0x7FC00000u, 0xFF80FFFFu, 0xFFFFFFFFu}) CHECK(rounded(nan) == 0x7FFF);
}

TEST_CASE("bf16: every upper half, on every SIMD target and at any offset") {
  const RestoreMachine restore{cpu_backend()};
  for (int64_t target : targets_of(cpu_backend())) {
    use_target(target);
    const std::string name = target_name(target);
    CAPTURE(name);
    for (uint32_t low : {0u, 1u, 0x4000u, 0x7FFFu, 0x8000u, 0x8001u, 0xC000u, 0xFFFFu}) {
      CAPTURE(low);
      std::vector<float> values(kHalves);
      for (uint32_t high = 0; high < kHalves; ++high) values[high] = std::bit_cast<float>(high << 16 | low);
      std::vector<Bf16> rounded(kHalves);
      run_first_row(ToBf16{kHalves, values.data(), rounded.data()});
      CHECK(wrong(values, rounded) == 0);
      for (const int64_t skip : {1, 3}) {  // the same values in other lanes, and in the tail
        run_first_row(ToBf16{kHalves - skip, values.data() + skip, rounded.data() + skip});
        CHECK(wrong(values, rounded) == 0);
      }
    }
    std::vector<Bf16> all(kHalves);
    for (uint32_t bits = 0; bits < kHalves; ++bits) all[bits] = {static_cast<uint16_t>(bits)};
    std::vector<float> wide(kHalves);
    run_first_row(FromBf16{kHalves, all.data(), wide.data()});
    int64_t differ = 0;
    for (uint32_t bits = 0; bits < kHalves; ++bits) differ += std::bit_cast<uint32_t>(wide[bits]) != bits << 16;
    CHECK(differ == 0);
  }
}
