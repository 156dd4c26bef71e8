// calibration.json of a run: what was chosen on validation images for its model.h5, to be applied to other images
// and never chosen again. To another model (last.h5) it says nothing.
#pragma once
#include <filesystem>
#include <optional>

#include "engine/metrics/operating_point.h"

namespace graft {

struct Calibration {
  std::string model_sha256;            // of the model.h5 that it is for
  int64_t images = 0;                  // of validation
  std::vector<OperatingPoint> points;  // for two classes
  // The last layer of model.h5 is divided by it, so every program that loads the model sees calibrated
  // probabilities.
  std::optional<double> temperature;
  double loss_before = 0, loss_after = 0, ece_before = 0, ece_after = 0;  // on validation, with a temperature
};

void write_calibration(const std::filesystem::path& run, const Calibration& calibration,
                       const std::vector<std::string>& classes);
// Nothing if the run had no validation images. Throws Error (data) for a damaged file.
std::optional<Calibration> read_calibration(const std::filesystem::path& run,
                                            const std::vector<std::string>& classes);

}  // namespace graft
