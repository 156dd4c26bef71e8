// Reads the CSV files of runs.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/metrics/prediction.h"
#include "tools/run/history.h"

namespace graft {

struct LayerTrace;

// All rows of a file. Throws Error (data) if it cannot be opened or parsed, or ends within a line.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path);

struct NamedPrediction {
  std::string image;  // relative to the data folder, as printable()
  Prediction prediction;
};

// These throw Error (data) with the line that cannot be read, also if the columns do not match `classes`.
std::vector<NamedPrediction> read_predictions(const std::filesystem::path& csv,
                                              const std::vector<std::string>& classes);
std::vector<EpochResult> read_history(const std::filesystem::path& csv);
std::vector<LayerTrace> read_trace(const std::filesystem::path& csv);

}  // namespace graft
