// Images that look alike: the same picture at another JPEG quality or size, or a neighbouring slice. A perceptual
// hash finds candidates, a small picture confirms them: hashes alone take dark films for each other.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/image/image.h"

namespace graft {

constexpr int kNearDistance = 16;  // bits of 256 that two hashes of near-duplicates may differ in
constexpr double kNearDifference = 6;

// The image as 16 rows of 17 gray values (bilinear, widened as Pillow does), and the 256 bits that say in which
// places brightness rises to the right by more than a level (dHash).
struct Look {
  std::array<uint64_t, 4> hash{};
  std::array<uint8_t, 272> gray{};
};
Look look_at(const Image& image);

inline int distance(const Look& a, const Look& b) {
  int bits = 0;
  for (size_t i = 0; i < 4; ++i) bits += std::popcount(a.hash[i] ^ b.hash[i]);
  return bits;
}
// Root of the mean squared difference of the gray values, of 255, the mean brightness of each taken off.
double difference(const Look& a, const Look& b);

struct NearPair {
  int a, b;      // a < b
  int distance;  // of the hashes
  double difference;
};
struct NearPairs {
  std::vector<NearPair> pairs;  // sorted by a, then b
  int64_t left_out = 0;         // an image is listed with at most 20 others behind it; the rest is counted
};
// All pairs of which distance <= `bits` and difference <= kNearDifference; the same for any number of threads
// (0: one a core).
NearPairs find_near(const std::vector<const Look*>& looks, int bits = kNearDistance, int threads = 0);

}  // namespace graft
