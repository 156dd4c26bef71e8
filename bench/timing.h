// Times a batch of launches. Launches are queued and waited for once, so that the overhead of waiting and timing is
// negligible; `seconds` is the minimum time of a batch.
#pragma once
#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::bench {

// The list must not be empty.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Returns the time of `count` launches together; launch(i) queues the i-th.
template <class Launch>
double seconds_of(const Backend& backend, int count, const Launch& launch) {
  backend.sync();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) launch(i);
  backend.sync();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Returns the number of launches that take about `seconds`. Runs a few, which also warms up.
template <class Launch>
int launches_for(const Backend& backend, double seconds, const Launch& launch) {
  constexpr int kMax = 10000;
  int count = 1;
  for (double took = seconds_of(backend, count, launch); took < seconds / 2 && count < kMax;
       took = seconds_of(backend, count, launch))
    count = std::min(kMax, static_cast<int>(count * std::clamp(seconds / std::max(took, 1e-9), 2.0, 100.0)));
  return count;
}

}  // namespace graft::bench
