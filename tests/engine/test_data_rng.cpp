// Random numbers: independent streams, permutations, and the moments of the distributions.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "engine/base/rng.h"

namespace graft::test {

TEST_CASE("a stream is a function of seed, purpose and indices") {
  RandomStream a(7, Purpose::init, 3, 4), b(7, Purpose::init, 3, 4);
  for (int i = 0; i < 10; ++i) CHECK(a.bits() == b.bits());
  std::set<uint32_t> firsts;
  int streams = 0;
  for (uint64_t seed : {0, 1})
    for (Purpose purpose : {Purpose::shuffle, Purpose::init, Purpose::dropout})
      for (uint64_t i : {0, 1, 2})
        for (uint64_t j : {0, 1, 2}) {
          firsts.insert(RandomStream(seed, purpose, i, j).bits());
          ++streams;
        }
  CHECK(firsts.size() == static_cast<size_t>(streams));
  CHECK(stream_id(Purpose::init, 1, 0) != stream_id(Purpose::init, 0, 1));
  static_assert(hash_name("block1_conv1/kernel") != hash_name("block1_conv2/kernel"));
  static_assert(hash_name("") == 0xCBF29CE484222325ull);   // FNV's offset basis
  static_assert(hash_name("a") == 0xAF63DC4C8601EC8Cull);  // published test vector
}

TEST_CASE("bits are those of philox_at, which matches known answers") {
  // Known answers from Random123, the library of Philox's authors.
  CHECK(philox({0, 0, 0, 0}, 0) == Philox4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~uint64_t{0}) == Philox4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  RandomStream stream(11, 22);
  for (uint64_t i = 0; i < 9; ++i) CHECK(stream.bits() == philox_at(11, 22, i));
}

// The numbers of a seed must not change between versions: old runs are resumed with new versions.
TEST_CASE("the numbers of a seed are fixed") {
  CHECK(shuffled(8, 1, 0) == std::vector<int>{3, 5, 4, 0, 1, 6, 7, 2});
  RandomStream stream(1, Purpose::init, hash_name("fc1/kernel"));
  CHECK(stream.bits() == 3512942525u);
}

TEST_CASE("shuffled is a permutation, and a different one in each epoch") {
  for (int n : {0, 1, 2, 3, 1000}) {
    std::vector<int> order = shuffled(n, 5, 0);
    CHECK(order == shuffled(n, 5, 0));
    if (n == 1000) {
      CHECK(order != shuffled(n, 5, 1));
      CHECK(order != shuffled(n, 6, 0));
    }
    std::ranges::sort(order);
    std::vector<int> all(static_cast<size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    CHECK(order == all);
  }
}

TEST_CASE("every order is equally likely") {
  int counts[6] = {};
  constexpr int kEpochs = 6000;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<int> o = shuffled(3, 9, static_cast<uint64_t>(epoch));
    ++counts[o[0] * 2 + (o[1] > o[2])];
  }
  double chi2 = 0;
  for (int c : counts) chi2 += (c - 1000.0) * (c - 1000.0) / 1000;
  CHECK(chi2 < 20.5);  // 5 degrees of freedom: 0.1 %
}

TEST_CASE("uniform, normal and below have their moments") {
  RandomStream stream(3, Purpose::init);
  constexpr int kCount = 200000;
  double sum = 0, square = 0, cube = 0, fourth = 0, smallest = 1, largest = 0, uniform_sum = 0;
  for (int i = 0; i < kCount; ++i) {
    const double v = stream.normal(), u = stream.uniform();
    sum += v, square += v * v, cube += v * v * v, fourth += v * v * v * v;
    uniform_sum += u;
    smallest = std::min(smallest, u), largest = std::max(largest, u);
  }
  CHECK(sum / kCount == doctest::Approx(0).scale(1).epsilon(0.01));
  CHECK(square / kCount == doctest::Approx(1).epsilon(0.015));
  CHECK(cube / kCount == doctest::Approx(0).scale(1).epsilon(0.04));
  CHECK(fourth / kCount == doctest::Approx(3).epsilon(0.04));
  CHECK(uniform_sum / kCount == doctest::Approx(0.5).epsilon(0.006));
  CHECK(smallest >= 0);
  CHECK(largest < 1);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[stream.below(7)];
  for (int c : counts) CHECK(std::abs(c - 10000) < 450);
  CHECK(stream.below(1) == 0);
  CHECK_THROWS_AS(stream.below(0), Error);
}

}  // namespace graft::test
