#include "tools/evaluation/evaluation.h"

#include <fmt/core.h>

#include "engine/base/printable.h"

namespace graft {
namespace {

std::array<std::optional<double>, 4> values(const PointScores& s) {
  return {s.sensitivity, s.specificity, s.ppv, s.npv};
}

OperatingPointResult measure_point(const OperatingPoint& point, std::span<const Prediction> predictions,
                                   const Units& units) {
  OperatingPointResult result{point, score_at(point, predictions), {}};
  const auto intervals = bootstrap(units, {}, [&](std::span<const uint32_t> times) {
    const auto all = values(score_at(point, predictions, times));
    return std::vector<std::optional<double>>(all.begin(), all.end());
  });
  std::copy(intervals.begin(), intervals.end(), result.intervals.begin());
  return result;
}

std::string class_table(const Evaluation& m) {
  size_t width = 5;
  for (const std::string& c : m.classes) width = std::max(width, printable(c).size());
  std::string table = fmt::format("{:<{}}  images  {:<22}", "class", width, "recall (sensitivity)");
  table += "  specificity  precision     F1  AUROC     AP\n";
  const auto number = [](const std::optional<double>& v) { return v ? fmt::format("{:.3f}", *v) : "-"; };
  for (size_t c = 0; c < m.classes.size(); ++c) {
    int64_t images = 0;
    for (int64_t n : m.confusion[c]) images += n;
    const auto& recall = m.scores.at(c, PerClass::recall);
    table += fmt::format("{:<{}}  {:>6}  {:<22}", printable(m.classes[c]), width, images,
                         recall ? with_interval(recall, m.intervals.at(c, PerClass::recall), "") : "undefined");
    table +=
        fmt::format("  {:>11}  {:>9}  {:>5}  {:>5}  {:>5}\n", number(m.scores.at(c, PerClass::specificity)),
                    number(m.scores.at(c, PerClass::precision)), number(m.scores.at(c, PerClass::f1)),
                    number(m.scores.at(c, PerClass::auroc)), number(m.scores.at(c, PerClass::average_precision)));
  }
  return table;
}

std::string point_lines(const Evaluation& m) {
  std::string text;
  for (const OperatingPointResult& p : m.points) {
    text += fmt::format("threshold {:.4f} for '{}' (on validation images: {}):\n", p.point.threshold,
                        printable(m.classes[size_t(p.point.positive)]), p.point.rule);
    constexpr const char* kNames[] = {"sensitivity", "specificity", "positive predictive value",
                                      "negative predictive value"};
    for (size_t i = 0; i < 4; ++i)
      text += fmt::format("  {:<26} {}\n", kNames[i],
                          with_interval(values(p.scores)[i], p.intervals[i], "nothing to divide by"));
  }
  return text;
}

}  // namespace

Evaluation evaluate_predictions(std::string split, std::span<const Prediction> predictions,
                                const std::vector<std::string>& classes, std::span<const int> groups,
                                std::span<const OperatingPoint> points) {
  const int n = int(classes.size());
  const Units units = make_units(predictions, groups, n);
  Evaluation m{.split = std::move(split),
               .classes = classes,
               .images = int64_t(predictions.size()),
               .groups = groups.empty() ? 0 : int64_t(units.stratum.size()),
               .bootstrap = {},
               .scores = score(predictions, n),
               .intervals = bootstrap_scores(predictions, n, groups, {}),
               .confusion = confusion_of(predictions, n),
               .reliability = reliability(predictions),
               .points = {}};
  for (const OperatingPoint& point : points) m.points.push_back(measure_point(point, predictions, units));
  return m;
}

std::string with_interval(const std::optional<double>& value, const std::optional<Interval>& interval,
                          const char* undefined) {
  if (!value) return fmt::format("undefined ({})", undefined);
  if (!interval) return fmt::format("{:.3f}", *value);
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", *value, interval->low, interval->high);
}

std::string certainty_note(const Evaluation& m) {
  const auto flat = [](const std::optional<Interval>& i) { return i && i->low == i->high; };
  std::string where;
  if (flat(m.intervals[Overall::accuracy])) where = "of the accuracy";
  for (size_t c = 0; c < m.classes.size() && where.empty(); ++c)
    if (flat(m.intervals.at(c, PerClass::recall)))
      where = fmt::format("of the recall of '{}'", printable(m.classes[c]));
  if (where.empty()) return {};
  return fmt::format(
      "the interval {} has no width: resampling cannot show what this set does not contain. With n of n right, or "
      "none, the true rate may be off by as much as 3/n (the rule of three)",
      where);
}

std::string describe(const Evaluation& m) {
  std::string text = confusion_table(m.confusion, m.classes) + "\n" + class_table(m) + "\n";
  text += fmt::format("{}: {} images{}; in brackets: {:g} % bootstrap intervals ({} draws of {})\n",
                      printable(m.split), m.images, m.groups ? fmt::format(" of {} groups", m.groups) : "",
                      100 * m.bootstrap.confidence, m.bootstrap.draws, m.groups ? "groups" : "images");
  for (int i = 0; i < kOveralls; ++i) {
    const MetricText& t = graft::text(Overall(i));
    const std::optional<double>& value = m.scores[Overall(i)];
    text += fmt::format("  {:<26} {}{}\n", t.title, with_interval(value, m.intervals[Overall(i)], t.undefined),
                        value && t.no_interval ? fmt::format(" ({})", t.no_interval) : "");
  }
  return text + point_lines(m);
}

}  // namespace graft
