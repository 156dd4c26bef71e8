// Bootstrap intervals: how much a number would change with other images of the same kind. Units (images, or groups
// such as patients where known, as images of one patient are not independent) are drawn with replacement, within
// strata: the units whose most frequent class is the same. So each draw has about the class counts of the set, and
// an interval says nothing about another mix of classes.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "engine/metrics/scores.h"

namespace graft {

struct BootstrapOptions {
  int draws = 2000;
  uint64_t seed = 1;
  double confidence = 0.95;  // the interval: percentiles (1 - confidence) / 2 from both ends
};

struct Interval {
  double low = 0, high = 0;
};

// The unit of each prediction, as numbers from 0; and the stratum of each unit.
struct Units {
  std::vector<int> of;       // [predictions]
  std::vector<int> stratum;  // [units]
};

// `groups`: a number for each prediction, any values; empty: each prediction is a unit.
Units make_units(std::span<const Prediction> predictions, std::span<const int> groups, int classes);

// statistic(times) computes some numbers when prediction i counts times[i] times. Returns the interval of each
// number; none for a number that was undefined in more than one draw in twenty. A function of the options alone,
// for any number of threads.
std::vector<std::optional<Interval>> bootstrap(
    const Units& units, const BootstrapOptions& options,
    const std::function<std::vector<std::optional<double>>(std::span<const uint32_t> times)>& statistic);

// No interval for the calibration error: resampling adds noise to every bin, and absolute values of noise add up,
// so its draws lie above the value of the set (for a calibrated model in 7 of 40 sets entirely).
using Intervals = MetricTable<Interval>;
Intervals bootstrap_scores(std::span<const Prediction> predictions, int classes, std::span<const int> groups,
                           const BootstrapOptions& options);

}  // namespace graft
