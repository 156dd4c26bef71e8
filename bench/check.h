// Checks that a variant's numbers are right, before and after it is timed. Tested by tests/kernels/test_bench.cpp.
#pragma once
#include <fmt/core.h>

#include <cmath>
#include <string>
#include <vector>

#include "kernels/testing/compare.h"

namespace graft::bench {

// Samples of a kernel's output: the first, the middle and the last million elements.
struct Sample {
  bool whole_numbers;
  std::vector<float> values;
};

// Returns "" or why `got` differs from `want` by more than `bound` (relative L2, per output; integers must be equal).
inline std::string difference(const std::vector<Sample>& got, const std::vector<Sample>& want, double bound) {
  if (got.size() != want.size()) return fmt::format("{} outputs instead of {}", got.size(), want.size());
  for (size_t o = 0; o < want.size(); ++o) {
    const test::Comparison c = test::compare(got[o].values, want[o].values, want[o].whole_numbers ? 0 : bound);
    if (!c.ok()) return fmt::format("output {}: {}", o, c.report());
  }
  return "";
}

inline bool finite(const std::vector<Sample>& samples) {
  for (const Sample& s : samples)
    for (float v : s.values)
      if (!std::isfinite(v)) return false;
  return true;
}

}  // namespace graft::bench
