// What happens between the last epoch and the report: thresholds and temperature from the validation images, the
// evaluation on the test images (which is counted), and the summary of the run.
#pragma once
#include "tools/evaluation/evaluation.h"
#include "tools/run/calibration_file.h"
#include "tools/train/trainer.h"

namespace graft {

// Checks --calibrate and --positive before anything is trained. Throws Error (usage).
void check_calibration(const TrainConfig& options, const Dataset& data);

// The identity of a run's test images.
struct TestImages {
  std::string sha256;  // of names, classes and contents; empty if there are none
  int scored = 0;      // how often this run has scored them
};
// Identifies the test images of `data`. Throws Error (data) if the run was tested on others before.
TestImages find_test_images(const RunConfig& config, const std::filesystem::path& run, const Dataset& data);

// Scores the validation images again and writes validation_predictions.csv. Chooses thresholds for two classes;
// with --calibrate, fits a temperature and divides the last layer of `model` by it. nullopt without validation
// images.
std::optional<Calibration> calibrate(const RunConfig& config, const std::filesystem::path& run, Trainer& trainer,
                                     Model& model, const Dataset& data, const Observers& observers);

// Scores every test image once with the model as it was saved, writes metrics.json and predictions.csv, and
// reports the metrics. Returns false if interrupted. lost: number of unreadable test images.
bool test_evaluation(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
                     const Dataset& data, const std::optional<Calibration>& calibration, int64_t lost,
                     const Observers& observers);

// Writes summary.json. seconds: run time of this process.
void summarise(const RunConfig& config, const std::filesystem::path& run, const std::string& device, double seconds,
               const Dataset& data, const TestImages& test, const Trainer& trainer, const std::string& which_model,
               const std::vector<std::string>& skipped);

}  // namespace graft
