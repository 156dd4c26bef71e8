// Evaluation of a model on labelled images: metrics with intervals, as metrics.json, metrics.csv and text.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "engine/metrics/bootstrap.h"
#include "engine/metrics/calibration.h"
#include "engine/metrics/operating_point.h"

namespace graft {

// The scores on this set at a threshold that was chosen on validation images.
struct OperatingPointResult {
  OperatingPoint point;
  PointScores scores;
  std::array<std::optional<Interval>, 4> intervals;  // in the order of PointScores
};

struct Evaluation {
  std::string split;  // "test"
  std::vector<std::string> classes;
  int64_t images = 0, skipped = 0;
  int64_t groups = 0;  // 0: unknown, each image is its own group
  BootstrapOptions bootstrap;
  Scores scores;
  Intervals intervals;
  Confusion confusion;
  std::vector<ReliabilityBin> reliability;
  std::vector<OperatingPointResult> points;
};

// Computes all metrics with their intervals. `groups`: the group number of each prediction, or empty. `points`
// must have been chosen on other images, those of validation.
Evaluation evaluate_predictions(std::string split, std::span<const Prediction> predictions,
                                const std::vector<std::string>& classes, std::span<const int> groups,
                                std::span<const OperatingPoint> points);

// Confusion matrix, per-class metrics, overall metrics with intervals and thresholds, as text.
std::string describe(const Evaluation& evaluation);

// "0.880 [0.840, 0.913]", or "undefined (why)"; without an interval, the value alone.
std::string with_interval(const std::optional<double>& value, const std::optional<Interval>& interval,
                          const char* undefined);

// A warning if an interval that matters (accuracy, recalls) has zero width; else empty.
std::string certainty_note(const Evaluation& evaluation);

nlohmann::json to_json(const Evaluation& evaluation);
Evaluation evaluation_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

// CSV with the columns class,metric,value,low,high. The class of overall metrics and undefined values are empty.
std::string to_csv(const Evaluation& evaluation);

// Writes metrics.json and metrics.csv.
void write_evaluation(const std::filesystem::path& folder, const Evaluation& evaluation);
Evaluation read_evaluation(const std::filesystem::path& path);  // throws Error (data)

}  // namespace graft
