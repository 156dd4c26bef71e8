#include "engine/metrics/operating_point.h"

#include <fmt/core.h>

#include <cmath>

#include "engine/metrics/confusion.h"

namespace graft {
namespace {

// Images at or above each probability that occurs, the highest first.
struct Step {
  double prob, hits, alarms;
};

std::vector<Step> steps(std::span<const Prediction> predictions, int positive) {
  std::vector<const Prediction*> order;
  for (const Prediction& p : predictions) order.push_back(&p);
  const auto prob = [&](const Prediction* p) { return p->probs[size_t(positive)]; };
  std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return prob(a) > prob(b); });
  std::vector<Step> found;
  double hits = 0, alarms = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    ++(order[i]->label == positive ? hits : alarms);
    if (i + 1 == order.size() || prob(order[i]) != prob(order[i + 1]))
      found.push_back({double(prob(order[i])), hits, alarms});
  }
  return found;
}

}  // namespace

std::vector<OperatingPoint> choose_operating_points(std::span<const Prediction> validation, int positive) {
  const std::vector<Step> all = steps(validation, positive);
  if (all.empty() || all.back().hits == 0 || all.back().alarms == 0) return {};
  const double positives = all.back().hits, negatives = all.back().alarms;
  const auto threshold = [&](size_t i) { return (all[i].prob + (i + 1 < all.size() ? all[i + 1].prob : 0)) / 2; };
  const auto youden = [&](size_t i) { return all[i].hits / positives - all[i].alarms / negatives; };
  size_t best = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    const double gain = youden(i) - youden(best);
    const bool nearer = std::abs(threshold(i) - 0.5) < std::abs(threshold(best) - 0.5);
    if (gain > 1e-12 || (gain > -1e-12 && nearer)) best = i;
  }
  std::vector<OperatingPoint> points = {{"largest sensitivity + specificity", positive, threshold(best)}};
  for (const double wanted : {0.90, 0.95})
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].hits / positives < wanted) continue;
      points.push_back({fmt::format("sensitivity at least {:.2f}", wanted), positive, threshold(i)});
      break;
    }
  return points;
}

PointScores score_at(const OperatingPoint& point, std::span<const Prediction> predictions,
                     std::span<const uint32_t> times) {
  double hits = 0, misses = 0, alarms = 0, passed = 0;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& p = predictions[i];
    const bool called = double(p.probs[size_t(point.positive)]) >= point.threshold;
    double& cell = p.label == point.positive ? (called ? hits : misses) : (called ? alarms : passed);
    cell += times.empty() ? 1 : times[i];
  }
  return {share(hits, hits + misses), share(passed, passed + alarms), share(hits, hits + alarms),
          share(passed, passed + misses)};
}

std::vector<RocPoint> roc_curve(std::span<const Prediction> predictions, int positive) {
  const std::vector<Step> all = steps(predictions, positive);
  if (all.empty() || all.back().hits == 0 || all.back().alarms == 0) return {};
  std::vector<RocPoint> curve = {{0, 0}};
  for (size_t i = 0; i < all.size(); ++i) {
    const double before_hits = i ? all[i - 1].hits : 0, before_alarms = i ? all[i - 1].alarms : 0;
    const bool straight =
        i + 1 < all.size() && (all[i].hits - before_hits) * (all[i + 1].alarms - all[i].alarms) ==
                                  (all[i].alarms - before_alarms) * (all[i + 1].hits - all[i].hits);
    if (!straight) curve.push_back({all[i].alarms / all.back().alarms, all[i].hits / all.back().hits});
  }
  return curve;
}

}  // namespace graft
