// Between the last epoch and the report: thresholds and temperature from validation images, the look at the test
// images, which is counted, and what of that a run keeps.
#pragma once
#include "tools/evaluation/evaluation.h"
#include "tools/run/calibration_file.h"
#include "tools/train/trainer.h"

namespace graft {

// Usage errors of --calibrate and --positive, before anything is trained.
void check_calibration(const TrainConfig& options, const Dataset& data);

// Which images a run is tested on.
struct TestImages {
  std::string sha256;  // of their names, classes and contents; empty without any
  int scored = 0;      // how often this run has scored them
};
// Those of `data`, before anything is computed. Throws Error (data) if the run has been tested on others.
TestImages find_test_images(const RunConfig& config, const std::filesystem::path& run, const Dataset& data);

// Scores the validation images once more and writes validation_predictions.csv: thresholds for two classes, and
// with
// --calibrate the temperature, by which the last layer of `model` is divided here. Nothing without validation
// images.
std::optional<Calibration> calibrate(const RunConfig& config, const std::filesystem::path& run, Trainer& trainer,
                                     Model& model, const Dataset& data, const Observers& observers);

// One look at every test image, with the model as it was saved; writes metrics.json and predictions.csv and tells
// the metrics. False: stopped. lost: how many test images could not be read.
bool test_evaluation(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
                     const Dataset& data, const std::optional<Calibration>& calibration, int64_t lost,
                     const Observers& observers);

// Writes summary.json. seconds: since the start of this process.
void summarise(const RunConfig& config, const std::filesystem::path& run, const std::string& device, double seconds,
               const Dataset& data, const TestImages& test, const Trainer& trainer, const std::string& which_model,
               const std::vector<std::string>& skipped);

}  // namespace graft
