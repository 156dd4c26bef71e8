// Images of more than 8 bits: how much of their values is visible. A range that suits one image says nothing about
// the others, so they are judged together.
#include "engine/audit/audit.h"
#include "kernels/api/error.h"

namespace graft {

void check_deep(AuditReport& report) {
  std::vector<size_t> images;
  std::vector<Depth> depths;
  for (size_t i = 0; i < report.images.size(); ++i)
    if (const auto& depth = report.images[i].facts.depth) images.push_back(i), depths.push_back(*depth);
  if (depths.empty()) return;
  const DepthVerdict verdict = judge(depths);
  size_t next = 0;  // in verdict.flat, which is sorted
  for (size_t i = 0; i < depths.size(); ++i) {
    const Depth& d = depths[i];
    const auto add = [&](Severity severity, const char* code, std::string detail, Advice advice = {}) {
      report.findings.push_back(
          {severity, code, {report.images[images[i]].relative}, std::move(detail), std::move(advice)});
    };
    const std::string values =
        fmt::format("values of {} to {} become {} to {} of 255", d.low, d.high, d.darkest, d.brightest);
    if (next < verdict.flat.size() && verdict.flat[next] == i) {
      ++next;
      const bool few_far = d.low != d.body_low || d.high != d.body_high;
      const std::string mend = verdict.mend.key.empty() ? "; export it again with the range of the others" : "";
      if (d.wrapped)
        add(Severity::warning, "deep-range",
            fmt::format("values at both ends, {} to {}; {}", d.low, d.high, kWrapped));
      else
        add(Severity::warning, "deep-range",
            (few_far ? describe_values(d.low, d.high, d.body_low, d.body_high) : values) + mend, verdict.mend);
    } else {
      add(Severity::note, "deep", values);
    }
    if (d.cut_off > 0)
      add(Severity::warning, "deep-cut-off",
          fmt::format("{:.1f} % of its values are outside of {} to {}", 100 * d.cut_off, d.seen.low, d.seen.high));
  }
}

}  // namespace graft
