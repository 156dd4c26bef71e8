// Pairs of images that look alike.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/image/perceptual_hash.h"

namespace graft {

constexpr int kNearDistance = 16;  // bits of 256 that two hashes of near-duplicates may differ in
constexpr double kNearDifference = 6;

struct NearPair {
  int a, b;      // a < b
  int distance;  // of the hashes
  double difference;
};
struct NearPairs {
  std::vector<NearPair> pairs;  // sorted by a, then b
  int64_t left_out = 0;         // an image is listed with at most 20 later ones; the rest is counted
};
// All pairs of which distance <= `bits` and difference <= kNearDifference; the same for any number of threads
// (0: one a core).
NearPairs find_near_duplicates(const std::vector<const PerceptualHash*>& images, int bits = kNearDistance,
                               int threads = 0);

}  // namespace graft
