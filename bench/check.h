// Whether a row's numbers are right, before and after it was timed.
#pragma once
#include <fmt/core.h>

#include <cmath>
#include <string>
#include <vector>

namespace graft::bench {

// What a kernel wrote, in part: the first, the middle and the last million elements of one output.
struct Sample {
  bool whole_numbers;
  std::vector<float> values;
};

// "" or why `got` is not `want` within `bound` (relative L2, per output).
inline std::string difference(const std::vector<Sample>& got, const std::vector<Sample>& want, double bound) {
  for (size_t o = 0; o < want.size(); ++o) {
    if (want[o].whole_numbers && got[o].values != want[o].values) return fmt::format("output {} differs", o);
    double error = 0, norm = 0;
    for (size_t i = 0; i < want[o].values.size(); ++i) {
      const double g = got[o].values[i], w = want[o].values[i];
      error += (g - w) * (g - w), norm += w * w;
    }
    const double relative = std::sqrt(norm > 0 ? error / norm : error);
    if (!(relative <= bound))
      return fmt::format("output {} differs by {:.2g}, more than {:.2g}", o, relative, bound);
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
