// The number of sets of operands that a measurement, ours or a peer's, cycles through, to exceed any device's caches.
#pragma once
#include <algorithm>
#include <cstddef>

namespace graft::bench {

// `bytes` of one set, greater than 0.
inline size_t sets_for(size_t bytes) {
  constexpr size_t kRotate = size_t{256} << 20, kMax = 16;
  return std::min(kMax, 1 + kRotate / bytes);
}

}  // namespace graft::bench
