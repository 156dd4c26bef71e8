// What an image looks like, in 304 bytes: finds the same image at another JPEG quality or size, or a neighbouring
// slice. The hash finds candidates, the small image confirms them: hashes alone confuse dark films.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "engine/image/image.h"

namespace graft {

// The image as 16 rows of 17 gray values (bilinear, with a widened filter as in Pillow), and 256 bits: where
// brightness rises to the right by more than one level (dHash).
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
// Root mean square difference of the gray values, of 255, with the mean brightness of each subtracted.
double difference(const PerceptualHash& a, const PerceptualHash& b);

}  // namespace graft
