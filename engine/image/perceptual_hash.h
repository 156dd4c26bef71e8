// What an image looks like, in 304 bytes: to find the same picture at another JPEG quality or size, or a
// neighbouring slice. The hash finds candidates, the small picture confirms them: hashes alone take dark films for
// each other.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "engine/image/image.h"

namespace graft {

// The image as 16 rows of 17 gray values (bilinear, widened as Pillow does), and the 256 bits that say in which
// places brightness rises to the right by more than a level (dHash).
struct PerceptualHash {
  std::array<uint64_t, 4> hash{};
  std::array<uint8_t, 272> gray{};
};
PerceptualHash perceptual_hash(const Image& image);

inline int distance(const PerceptualHash& a, const PerceptualHash& b) {
  int bits = 0;
  for (size_t i = 0; i < 4; ++i) bits += std::popcount(a.hash[i] ^ b.hash[i]);
  return bits;
}
// Root of the mean squared difference of the gray values, of 255, the mean brightness of each taken off.
double difference(const PerceptualHash& a, const PerceptualHash& b);

}  // namespace graft
