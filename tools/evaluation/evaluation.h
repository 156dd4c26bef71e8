// An evaluation on a labelled set of images: as metrics.json, and in words for people.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "engine/metrics/bootstrap.h"
#include "engine/metrics/calibration.h"
#include "engine/metrics/operating_point.h"

namespace graft {

// A threshold from validation, on this set.
struct OperatingPointResult {
  OperatingPoint point;
  PointScores scores;
  std::array<std::optional<Interval>, 4> intervals;  // in the order of PointScores
};

struct Evaluation {
  std::string split;  // "test"
  std::vector<std::string> classes;
  int64_t images = 0, skipped = 0;
  int64_t groups = 0;  // 0: not known, each image is by itself
  BootstrapOptions bootstrap;
  Scores scores;
  Intervals intervals;
  Confusion confusion;
  std::vector<ReliabilityBin> reliability;
  std::vector<OperatingPointResult> points;
};

// All metrics with their intervals. `groups`: a number for each prediction, or empty. The points were chosen
// elsewhere, on validation images.
Evaluation evaluate_predictions(std::string split, std::span<const Prediction> predictions,
                                const std::vector<std::string>& classes, std::span<const int> groups,
                                std::span<const OperatingPoint> points);

// Confusion matrix, the main metrics with intervals, the classes, the thresholds.
std::string describe(const Evaluation& evaluation);

// "0.880 [0.840, 0.913]", or "undefined (why)"; no interval: the value alone.
std::string with_interval(const std::optional<double>& value, const std::optional<Interval>& interval,
                          const char* undefined);

// An interval without width among those that matter (accuracy, recalls) calls for a warning; else empty.
std::string certainty_note(const Evaluation& evaluation);

nlohmann::json to_json(const Evaluation& evaluation);
Evaluation evaluation_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

// "class,metric,value,low,high": all metrics, those of the whole set with an empty class; what is undefined is
// empty.
std::string to_csv(const Evaluation& evaluation);

// Writes metrics.json and metrics.csv.
void write_evaluation(const std::filesystem::path& folder, const Evaluation& evaluation);
Evaluation read_evaluation(const std::filesystem::path& path);  // throws Error (data)

}  // namespace graft
