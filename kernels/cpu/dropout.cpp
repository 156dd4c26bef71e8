// Dropout. The mask is a pure function of (seed, stream, element), so forward and backward share this code and
// store nothing.
#include <algorithm>
#include <cmath>

#include "kernels/api/philox.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {
namespace {

void dropout_range(const Dropout& a, int64_t begin, int64_t end) {
  const float scale = 1.0f / (1.0f - a.rate);
  // uniform01(bits) < rate, in integers: uniform01 is (bits >> 8) * 2^-24 exactly.
  const uint32_t threshold = static_cast<uint32_t>(std::ceil(a.rate * 0x1p24f));
  for (int64_t i = begin; i < end; i += 4) {
    const uint64_t block = static_cast<uint64_t>(i) / 4;
    const Philox4 bits = philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                                 static_cast<uint32_t>(a.stream), static_cast<uint32_t>(a.stream >> 32)},
                                a.seed);
    const int64_t words = std::min<int64_t>(4, end - i);
    for (int64_t j = 0; j < words; ++j) a.y[i + j] = (bits[j] >> 8) < threshold ? 0 : a.x[i + j] * scale;
  }
}

}  // namespace

void dropout(const Dropout& a, void*, Stream&) {
  static_assert(kGrain % 4 == 0, "a chunk must begin with a block");
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) { dropout_range(a, begin, end); });
}

}  // namespace graft::cpu
