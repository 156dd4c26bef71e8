#include "engine/metrics/bootstrap.h"

#include <cmath>
#include <map>

#include "engine/base/rng.h"

namespace graft {
namespace {

// How often each prediction counts in one draw.
void draw_times(const Units& units, const std::vector<std::vector<int>>& strata, RandomStream random,
                std::vector<uint32_t>& unit_times, std::vector<uint32_t>& times) {
  std::fill(unit_times.begin(), unit_times.end(), 0);
  for (const std::vector<int>& stratum : strata)
    for (size_t i = 0; i < stratum.size(); ++i)
      ++unit_times[size_t(stratum[random.below(uint32_t(stratum.size()))])];
  for (size_t i = 0; i < times.size(); ++i) times[i] = unit_times[size_t(units.of[i])];
}

// Linear interpolation, as numpy's default. `values` is sorted and not empty.
double quantile(const std::vector<double>& values, double q) {
  const double at = q * double(values.size() - 1);
  const auto below = size_t(at), above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - double(below)) * (values[above] - values[below]);
}

std::vector<std::optional<double>> flat(const Scores& scores) {
  std::vector<std::optional<double>> values(scores.overall.begin(), scores.overall.end());
  for (const auto& c : scores.classes) values.insert(values.end(), c.begin(), c.end());
  return values;
}

}  // namespace

Units make_units(std::span<const Prediction> predictions, std::span<const int> groups, int classes) {
  require(groups.empty() || groups.size() == predictions.size(), "{} groups for {} predictions", groups.size(),
          predictions.size());
  Units units;
  std::map<int, int> number;
  std::vector<std::vector<int>> labels;  // [units][classes]
  for (size_t i = 0; i < predictions.size(); ++i) {
    const int key = groups.empty() ? int(i) : groups[i];
    const int unit = number.emplace(key, int(number.size())).first->second;
    if (size_t(unit) == labels.size()) labels.emplace_back(size_t(classes));
    ++labels[size_t(unit)][size_t(predictions[i].label)];
    units.of.push_back(unit);
  }
  for (const std::vector<int>& counts : labels)
    units.stratum.push_back(int(std::max_element(counts.begin(), counts.end()) - counts.begin()));
  return units;
}

std::vector<std::optional<Interval>> bootstrap(
    const Units& units, const BootstrapOptions& options,
    const std::function<std::vector<std::optional<double>>(std::span<const uint32_t>)>& statistic) {
  std::vector<std::vector<int>> strata;
  for (size_t u = 0; u < units.stratum.size(); ++u) {
    const auto stratum = size_t(units.stratum[u]);
    if (strata.size() <= stratum) strata.resize(stratum + 1);
    strata[stratum].push_back(int(u));
  }
  std::vector<uint32_t> unit_times(units.stratum.size()), times(units.of.size());
  std::vector<std::vector<double>> drawn;  // [numbers][draws that define it]
  for (int draw = 0; draw < options.draws; ++draw) {
    draw_times(units, strata, RandomStream(options.seed, Purpose::bootstrap, uint64_t(draw)), unit_times, times);
    const std::vector<std::optional<double>> values = statistic(times);
    drawn.resize(values.size());
    for (size_t v = 0; v < values.size(); ++v)
      if (values[v]) drawn[v].push_back(*values[v]);
  }
  const double tail = (1 - options.confidence) / 2;
  std::vector<std::optional<Interval>> intervals(drawn.size());
  for (size_t v = 0; v < drawn.size(); ++v) {
    if (drawn[v].empty() || int64_t(drawn[v].size()) * 20 < int64_t(options.draws) * 19) continue;
    std::sort(drawn[v].begin(), drawn[v].end());
    intervals[v] = Interval{quantile(drawn[v], tail), quantile(drawn[v], 1 - tail)};
  }
  return intervals;
}

Intervals bootstrap_scores(std::span<const Prediction> predictions, int classes, std::span<const int> groups,
                           const BootstrapOptions& options) {
  Intervals intervals{size_t(classes)};
  if (predictions.empty()) return intervals;
  const Scorer scorer(predictions, classes);
  const auto values = bootstrap(make_units(predictions, groups, classes), options,
                                [&](std::span<const uint32_t> times) { return flat(scorer.weighted(times)); });
  if (values.empty()) return intervals;  // no draws were requested
  auto next = values.begin();
  for (auto& interval : intervals.overall) interval = *next++;
  for (auto& of_class : intervals.classes)
    for (auto& interval : of_class) interval = *next++;
  // A number that is undefined on the set itself, or outside of the range of its draws, has no interval.
  const Scores scores = scorer.all();
  for (size_t m = 0; m < intervals.overall.size(); ++m)
    if (!scores.overall[m] || text(Overall(m)).no_interval) intervals.overall[m].reset();
  return intervals;
}

}  // namespace graft
