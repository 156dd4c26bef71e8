// Random numbers that depend on their purpose, not on the order of calls: Philox keyed by (seed, purpose, a, b),
// where a and b identify the use (epoch, step, parameter, sample). So results do not depend on the number of
// threads, and a resumed run continues with the same bits without any saved generator state.
#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/api/error.h"
#include "kernels/api/philox.h"

namespace graft {

// The values are part of the meaning of a seed: append, never renumber.
enum class Purpose : uint32_t {
  shuffle = 1,
  init = 2,
  dropout = 3,
  augment = 4,
  split = 5,
  demo = 6,
  bootstrap = 7
};

// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
// a bijection of 64 bits that spreads every bit of the input over the output.
constexpr uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// Id of a stream, for RandomStream or for an op that takes (seed, stream) such as Dropout.
constexpr uint64_t stream_id(Purpose purpose, uint64_t a, uint64_t b = 0) {
  constexpr uint64_t kStep = 0x9E3779B97F4A7C15ull;
  return mix64(mix64(mix64(static_cast<uint64_t>(purpose) * kStep) + a * kStep + 1) + b * kStep + 2);
}

// FNV-1a: a name ("block1_conv1/kernel") as a number for stream_id.
constexpr uint64_t hash_name(std::string_view name) {
  uint64_t h = 0xCBF29CE484222325ull;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return h;
}

// Consecutive numbers of one stream.
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}
  RandomStream(uint64_t seed, Purpose purpose, uint64_t a = 0, uint64_t b = 0)
      : RandomStream(seed, stream_id(purpose, a, b)) {}

  uint32_t bits() {
    const int word = static_cast<int>(index_ % 4);
    if (word == 0) {
      const uint64_t block = index_ / 4;
      block_ = philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                       static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                      seed_);
    }
    ++index_;
    return block_[word];
  }

  float uniform() { return uniform01(bits()); }                                    // [0, 1), 24 bits
  float uniform(float low, float high) { return low + (high - low) * uniform(); }  // [low, high], rounded

  // Uniform in [0, n), n > 0, without bias (Lemire, "Fast random integer generation in an interval", 2019).
  uint32_t below(uint32_t n) {
    require(n > 0, "RandomStream::below(0)");
    uint64_t product = uint64_t{bits()} * n;
    if (static_cast<uint32_t>(product) < n)
      for (const uint32_t threshold = (0u - n) % n; static_cast<uint32_t>(product) < threshold;)
        product = uint64_t{bits()} * n;
    return static_cast<uint32_t>(product >> 32);
  }

  // Standard normal (Box and Muller 1958): two words give two numbers, the second is kept for the next call.
  float normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double u = (bits() + 1.0) * 0x1p-32;  // (0, 1]: its logarithm is finite
    const double angle = 2 * std::numbers::pi * (bits() * 0x1p-32), radius = std::sqrt(-2 * std::log(u));
    spare_ = static_cast<float>(radius * std::sin(angle));
    has_spare_ = true;
    return static_cast<float>(radius * std::cos(angle));
  }

 private:
  uint64_t seed_, stream_, index_ = 0;
  Philox4 block_{};
  float spare_ = 0;
  bool has_spare_ = false;
};

// 0..n-1 in random order: Fisher-Yates. The order of an epoch, a function of (n, seed, epoch) alone.
inline std::vector<int> shuffled(int n, uint64_t seed, uint64_t epoch) {
  std::vector<int> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, Purpose::shuffle, epoch);
  for (int i = n - 1; i > 0; --i) std::swap(order[i], order[random.below(static_cast<uint32_t>(i) + 1)]);
  return order;
}

}  // namespace graft
