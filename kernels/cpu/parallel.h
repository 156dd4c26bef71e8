// Work in chunks whose bounds depend on sizes alone: the number of threads affects who runs a chunk, never its
// bounds, so results are bitwise identical for any number.
#pragma once
#include <algorithm>
#include <cstdint>

#include "kernels/api/host_threads.h"

namespace graft::cpu {

// About what a core does in ten microseconds; less is not worth waking a thread for.
inline constexpr int64_t kGrain = 16384;  // elements

// Calls f(begin, end) for [0, size) in chunks of `grain`; the calls run in parallel and must not throw.
template <class F>
void parallel_chunks(int64_t size, int64_t grain, const F& f) {
  const int64_t chunks = (size + grain - 1) / grain;
#pragma omp parallel for schedule(static) if (chunks > 1) num_threads(host_threads())
  for (int64_t i = 0; i < chunks; ++i) f(i * grain, std::min(size, (i + 1) * grain));
}

// The same over rows of `width` elements, in chunks of about kGrain elements.
template <class F>
void parallel_rows(int64_t rows, int64_t width, const F& f) {
  parallel_chunks(rows, std::max<int64_t>(1, kGrain / width), f);
}

}  // namespace graft::cpu
