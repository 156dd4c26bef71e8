// The report of a run: one HTML file that needs nothing else, no script and no network, for a phone, for paper, for
// light and dark. A section is a file report_<name>.cpp; report_page.cpp puts them together.
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

// A test image with what the model used: its class, and for an error also the class that it should have seen.
struct Example {
  NamedPrediction said;
  std::string trouble;  // not empty: there are no pictures, and why
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
  std::optional<Evaluation> evaluation;  // nothing without test images
  std::vector<NamedPrediction> predictions;
  std::optional<Calibration> calibration;
  std::string map_layer;
  std::vector<Example> errors, hits;
  std::vector<PointingResult> pointing;  // of `explain --masks`
  std::vector<LayerTrace> trace;         // of `train --trace`
  bool hide_names = false;               // no names of images and tables
};

// Reads the run folder and looks at some test images again, in options.data where that is given. Throws Error
// (data).
Report gather_report(const std::filesystem::path& run, const ReportOptions& options, const Model& model,
                     const ExplainImages& explain, const Observers& observers);

Markup run_section(const Report& report);       // what was trained on what, and
Markup setup_table(const Report& report);       // how
Markup curves_section(const Report& report);    // over the epochs
Markup metrics_section(const Report& report);   // with intervals, classes, thresholds, confusion matrix
Markup plots_section(const Report& report);     // ROC, reliability
Markup examples_section(const Report& report);  // errors and hits, with maps
Markup trace_section(const Report& report);     // inside the layers, of a traced run

// The first hundred of them; the page stays small whatever the data is.
Markup bounded_list(const std::vector<std::string>& lines, const Markup& where_all_are);

std::string render(const Report& report);

// gather, render, and write options.out, or RUN/report.html where it is empty. The file is replaced: it says
// nothing that the run does not hold.
std::filesystem::path write_report(const std::filesystem::path& run, const ReportOptions& options,
                                   const Model& model, const ExplainImages& explain, const Observers& observers);

}  // namespace graft
