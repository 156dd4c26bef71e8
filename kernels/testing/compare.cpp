#include "kernels/testing/compare.h"

#include <fmt/core.h>

#include <cmath>
#include <vector>

namespace graft::test {

Comparison compare(std::span<const float> got, std::span<const double> want, double bound) {
  Comparison c{.bound = bound};
  if (got.size() != want.size()) c.problem = fmt::format("{} values instead of {}", got.size(), want.size());
  if (want.empty()) c.problem = "nothing to compare";
  if (!c.problem.empty()) return c;

  double difference = 0, norm = 0, largest = -1;
  for (size_t i = 0; i < want.size(); ++i) {
    const double g = got[i], w = want[i], d = std::fabs(g - w);
    const bool finite = std::isfinite(g) && std::isfinite(w);
    if (!finite) {
      if (g == w || (std::isnan(g) && std::isnan(w))) continue;
      c.problem = "a value is not finite";
    }
    if (finite) difference += d * d, norm += w * w;
    if (!finite || d > largest) largest = d, c.worst = static_cast<int64_t>(i), c.got = g, c.want = w;
    if (!finite) return c;
  }
  c.error = norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
  return c;
}

Comparison compare(std::span<const float> got, std::span<const float> want, double bound) {
  const std::vector<double> wide(want.begin(), want.end());
  return compare(got, wide, bound);
}

std::string Comparison::report() const {
  std::string text =
      problem.empty() ? fmt::format("relative L2 error {:.3g}, bound {:.3g}", error, bound) : problem;
  if (worst >= 0) text += fmt::format("; worst at [{}]: got {:.9g}, want {:.9g}", worst, got, want);
  return text;
}

}  // namespace graft::test
