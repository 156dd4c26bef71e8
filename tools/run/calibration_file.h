// calibration.json of a run: thresholds and temperature that were chosen on validation images for its model.h5,
// to be applied to other images and never chosen again. Not valid for another model (last.h5).
#pragma once
#include <filesystem>
#include <optional>

#include "engine/metrics/operating_point.h"

namespace graft {

struct Calibration {
  std::string model_sha256;            // of the model.h5 it was made for
  int64_t images = 0;                  // number of validation images
  std::vector<OperatingPoint> points;  // for two classes only
  // The last layer of model.h5 is already divided by it, so every program that loads the model gets calibrated
  // probabilities.
  std::optional<double> temperature;
  double loss_before = 0, loss_after = 0, ece_before = 0, ece_after = 0;  // on validation; set with a temperature
};

void write_calibration(const std::filesystem::path& run, const Calibration& calibration,
                       const std::vector<std::string>& classes);
// nullopt if the run had no validation images. Throws Error (data) for a damaged file.
std::optional<Calibration> read_calibration(const std::filesystem::path& run,
                                            const std::vector<std::string>& classes);

}  // namespace graft
