// Philox against the known-answer vectors of Random123 (kat_vectors, philox4x32-10), and the two functions that the
// contract defines with it.
#include <doctest/doctest.h>

#include <cmath>

#include "kernels/api/philox.h"

using namespace graft;

TEST_CASE("philox: the published vectors") {
  CHECK(philox({0, 0, 0, 0}, 0) == Philox4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ~0ull) == Philox4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
        Philox4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("philox_at: index, stream and seed are used as in the contract") {
  const uint64_t seed = 0x0123456789abcdef, stream = 0xfedcba9876543210, block = 0x100000002;
  const Philox4 want = philox({2, 1, 0x76543210, 0xfedcba98}, seed);
  for (uint64_t word = 0; word < 4; ++word) CHECK(philox_at(seed, stream, block * 4 + word) == want[word]);
  CHECK(philox_at(seed, stream, 0) != philox_at(seed + 1, stream, 0));
  CHECK(philox_at(seed, stream, 0) != philox_at(seed, stream + 1, 0));
}

TEST_CASE("uniform01: exact, below one, evenly spaced") {
  CHECK(uniform01(0) == 0.0f);
  CHECK(uniform01(0xff) == 0.0f);
  CHECK(uniform01(0x100) == 0x1p-24f);
  CHECK(uniform01(0xffffffff) == 1.0f - 0x1p-24f);
  const int count = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const double u = uniform01(philox_at(1, 2, static_cast<uint64_t>(i)));
    sum += u, squares += u * u;
  }
  CHECK(std::fabs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
  CHECK(std::fabs(squares / count - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / count));
}
