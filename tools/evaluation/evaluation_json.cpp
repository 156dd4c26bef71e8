// metrics.json: a metric is {"value", "low", "high"}; an undefined one is {"value": null, "undefined": "why"};
// one that never has an interval gives the reason in "no_interval".
#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/evaluation/evaluation.h"
#include "tools/run/run_config.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

using nlohmann::json;
constexpr int kFormat = 1;

json metric(const std::optional<double>& value, const std::optional<Interval>& interval, const char* undefined) {
  if (!value) return {{"value", nullptr}, {"undefined", undefined}};
  json j = {{"value", *value}};
  if (interval) j["low"] = interval->low, j["high"] = interval->high;
  return j;
}

void read_metric(const json& j, std::optional<double>& value, std::optional<Interval>& interval) {
  if (!j.at("value").is_null()) value = j.at("value").get<double>();
  if (j.contains("low")) interval = Interval{j.at("low"), j.at("high")};
}

constexpr const char* kPointKeys[] = {"sensitivity", "specificity", "ppv", "npv"};

json point_json(const OperatingPointResult& p, const std::vector<std::string>& classes) {
  json j = {
      {"rule", p.point.rule}, {"positive", classes[size_t(p.point.positive)]}, {"threshold", p.point.threshold}};
  const std::optional<double> values[] = {p.scores.sensitivity, p.scores.specificity, p.scores.ppv, p.scores.npv};
  for (size_t i = 0; i < 4; ++i) j[kPointKeys[i]] = metric(values[i], p.intervals[i], "nothing to divide by");
  return j;
}

OperatingPointResult point_from_json(const json& j, const std::vector<std::string>& classes) {
  OperatingPointResult p{{j.at("rule"), 0, j.at("threshold")}, {}, {}};
  const auto found = std::find(classes.begin(), classes.end(), j.at("positive").get<std::string>());
  if (found == classes.end()) fail(Fault::data, "a threshold for an unknown class");
  p.point.positive = int(found - classes.begin());
  std::optional<double>* values[] = {&p.scores.sensitivity, &p.scores.specificity, &p.scores.ppv, &p.scores.npv};
  for (size_t i = 0; i < 4; ++i) read_metric(j.at(kPointKeys[i]), *values[i], p.intervals[i]);
  return p;
}

}  // namespace

json to_json(const Evaluation& m) {
  json j = {{"format", kFormat},      {"split", m.split},   {"images", m.images},
            {"set_aside", m.skipped}, {"groups", m.groups}, {"classes", m.classes}};
  j["bootstrap"] = {{"draws", m.bootstrap.draws},
                    {"seed", m.bootstrap.seed},
                    {"confidence", m.bootstrap.confidence},
                    {"unit", m.groups ? "group" : "image"},
                    {"strata", "most frequent class of the unit"}};
  for (int i = 0; i < kOveralls; ++i) {
    const MetricText& t = text(Overall(i));
    j["metrics"][t.key] = metric(m.scores[Overall(i)], m.intervals[Overall(i)], t.undefined);
    if (t.no_interval) j["metrics"][t.key]["no_interval"] = t.no_interval;
  }
  j["per_class"] = json::array();
  for (size_t c = 0; c < m.classes.size(); ++c) {
    json row = {{"class", m.classes[c]}};
    for (int i = 0; i < kPerClasses; ++i)
      row[text(PerClass(i)).key] =
          metric(m.scores.at(c, PerClass(i)), m.intervals.at(c, PerClass(i)), text(PerClass(i)).undefined);
    j["per_class"].push_back(row);
  }
  j["confusion"] = m.confusion;
  j["reliability"] = json::array();
  for (const ReliabilityBin& bin : m.reliability)
    j["reliability"].push_back({{"count", bin.count}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
  j["thresholds"] = json::array();
  for (const OperatingPointResult& p : m.points) j["thresholds"].push_back(point_json(p, m.classes));
  return j;
}

Evaluation evaluation_from_json(const json& j) {
  if (j.at("format") != kFormat) fail(Fault::data, "its format is unknown to this program");
  const std::vector<std::string> classes = j.at("classes");
  Evaluation m{.split = j.at("split"),
               .classes = classes,
               .images = value_at<int64_t>(j, "images"),
               .skipped = value_at<int64_t>(j, "set_aside"),
               .groups = value_at<int64_t>(j, "groups"),
               .bootstrap = {value_at<int>(j.at("bootstrap"), "draws"),
                             value_at<uint64_t>(j.at("bootstrap"), "seed"), j.at("bootstrap").at("confidence")},
               .scores = Scores(classes.size()),
               .intervals = Intervals(classes.size()),
               .confusion = value_at<std::vector<std::vector<int64_t>>>(j, "confusion"),
               .reliability = {},
               .points = {}};
  for (int i = 0; i < kOveralls; ++i)
    read_metric(j.at("metrics").at(text(Overall(i)).key), m.scores[Overall(i)], m.intervals[Overall(i)]);
  for (size_t c = 0; c < classes.size(); ++c)
    for (int i = 0; i < kPerClasses; ++i)
      read_metric(j.at("per_class").at(c).at(text(PerClass(i)).key), m.scores.at(c, PerClass(i)),
                  m.intervals.at(c, PerClass(i)));
  for (const json& bin : j.at("reliability"))
    m.reliability.push_back({value_at<int64_t>(bin, "count"), bin.at("confidence"), bin.at("accuracy")});
  for (const json& point : j.at("thresholds")) m.points.push_back(point_from_json(point, classes));
  bool square = m.confusion.size() == classes.size();
  for (const auto& row : m.confusion) square = square && row.size() == classes.size();
  if (!square) fail(Fault::data, "its confusion matrix does not match the classes");
  return m;
}

void write_evaluation(const std::filesystem::path& folder, const Evaluation& evaluation) {
  write_file(folder / "metrics.json", dump(to_json(evaluation)));
  write_file(folder / "metrics.csv", to_csv(evaluation));
}

Evaluation read_evaluation(const std::filesystem::path& path) {
  const auto j = read_run_json(path);
  if (!j)
    fail(Fault::data, "{}: does not exist; vgg-finetune eval RUN DATA --out FOLDER writes one", printable(path));
  try {
    return evaluation_from_json(*j);
  } catch (const json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  } catch (const Error& e) {
    fail(Fault::data, e.advice(), "{}: cannot be read: {}", printable(path), printable(e.what()));
  }
}

}  // namespace graft
