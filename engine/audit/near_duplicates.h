// Pairs of images that look alike.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/image/perceptual_hash.h"

namespace graft {

constexpr int kNearDistance = 16;  // of 256: near-duplicates differ in at most this many
constexpr double kNearDifference = 6;

struct NearPair {
  int a, b;      // a < b
  int distance;  // of the hashes
  double difference;
};
struct NearPairs {
  std::vector<NearPair> pairs;  // sorted by a, then b
  int64_t omitted = 0;          // each image is listed with at most 20 later ones; the rest is counted
};
// All pairs with distance <= `bits` and difference <= kNearDifference;
// the same for any number of threads (0: one per core).
NearPairs find_near_duplicates(const std::vector<const PerceptualHash*>& images, int bits = kNearDistance,
                               int threads = 0);

}  // namespace graft
