// The one comparer of numbers: relative L2 error against a reference, and the worst element for the report. It is
// built so that nothing odd passes: the test is !(error <= bound), so a NaN fails; so do empty results and
// different sizes. Equal infinities, and NaN where the reference has NaN, count as correct.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace graft::test {

struct Comparison {
  double error = 0;  // ||got - want|| / ||want||; ||got|| where want is all zeros
  double bound = 0;
  int64_t worst = -1;  // index of the largest |got - want| or of the first non-finite mismatch; -1: sizes differ
  double got = 0, want = 0;  // at `worst`
  std::string problem;       // "" or why no error could be computed

  bool ok() const { return problem.empty() && error <= bound; }
  std::string report() const;  // one line, for a test's message
};

// `bound` is relative L2; see tolerance(Precision). A bound of 0 requires equality.
Comparison compare(std::span<const float> got, std::span<const float> want, double bound);
Comparison compare(std::span<const float> got, std::span<const double> want, double bound);

}  // namespace graft::test
