// Philox4x32-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
// 128 random bits are a pure function of a 64-bit key and a 128-bit counter. So a random number belongs to an
// element or an image, not to a thread or a number of earlier calls, and needs no state in a checkpoint.
#pragma once
#include <array>
#include <cstdint>

namespace graft {

using Philox4 = std::array<uint32_t, 4>;

// counter: four words, least significant first; key: two words.
constexpr Philox4 philox(Philox4 counter, uint64_t key) {
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = 0xD2511F53ull * counter[0], b = 0xCD9E8D57ull * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ k0, static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ k1, static_cast<uint32_t>(a)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

// 24 random bits to [0, 1): every value is exact in f32.
constexpr float uniform01(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

// Bits for element `index` of the stream (seed, stream): word index % 4 of the block at counter index / 4.
constexpr uint32_t philox_at(uint64_t seed, uint64_t stream, uint64_t index) {
  const uint64_t block = index / 4;
  return philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), static_cast<uint32_t>(stream),
                 static_cast<uint32_t>(stream >> 32)},
                seed)[index % 4];
}

}  // namespace graft
