// The report of a run: one self-contained HTML file without scripts or network access, for phone and paper, light
// and dark mode. Each section is a file report_<name>.cpp; report_page.cpp assembles them.
#pragma once
#include "models/interpret/explain.h"
#include "models/interpret/pointing.h"
#include "models/interpret/trace.h"
#include "tools/evaluation/evaluation.h"
#include "tools/events/observer.h"
#include "tools/options/compute_options.h"
#include "tools/report/html.h"
#include "tools/run/calibration_file.h"
#include "tools/run/csv.h"
#include "tools/run/run_config.h"
#include "tools/run/run_summary.h"

namespace graft {

struct ReportOptions {
  std::filesystem::path run, out, data;
  bool hide_names = false;
  ComputeOptions compute;
};

// A test image with Grad-CAM maps for the predicted class and, if that is wrong, for the true class.
struct Example {
  NamedPrediction said;
  std::string trouble;  // why there are no pictures; empty if there are
  Image fitted, predicted_map, label_map;
};

struct PointingResult {
  std::string layer, images;
  PointingGame pointing;
};

struct Report {
  std::filesystem::path run;
  RunConfig config;
  RunSummary summary;
  std::string model_sha256;
  std::vector<EpochResult> history;
  std::optional<Evaluation> evaluation;  // nullopt without test images
  std::vector<NamedPrediction> predictions;
  std::optional<Calibration> calibration;
  std::string map_layer;
  std::vector<Example> errors, hits;
  std::vector<PointingResult> pointing;  // of `explain --masks`
  std::vector<LayerTrace> trace;         // of `train --trace`
  bool hide_names = false;               // hide names of images and tables
};

// Reads the run folder, and explains some of its test images, taken from options.data if given. Throws Error
// (data).
Report gather_report(const std::filesystem::path& run, const ReportOptions& options, const Model& model,
                     const ExplainImages& explain, const Observers& observers);

Markup run_section(const Report& report);       // data, groups and setup
Markup setup_table(const Report& report);       // one row per setting
Markup curves_section(const Report& report);    // loss and accuracy by epoch
Markup metrics_section(const Report& report);   // with intervals, classes, confusion matrix, thresholds
Markup plots_section(const Report& report);     // ROC, reliability
Markup examples_section(const Report& report);  // errors and hits with their maps
Markup trace_section(const Report& report);     // layer statistics of a traced run

// A list of at most 100 lines, so that the page stays small for any data.
Markup bounded_list(const std::vector<std::string>& lines, const Markup& where_all_are);

std::string render(const Report& report);

// Gathers and renders the report and writes it to options.out, or RUN/report.html if that is empty; an existing
// file is replaced. Returns its path.
std::filesystem::path write_report(const std::filesystem::path& run, const ReportOptions& options,
                                   const Model& model, const ExplainImages& explain, const Observers& observers);

}  // namespace graft
