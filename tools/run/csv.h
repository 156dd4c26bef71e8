// Reading the CSV files that we write.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/metrics/prediction.h"
#include "tools/run/history.h"

namespace graft {

struct LayerTrace;

// The rows of a file. Throws Error (data): it cannot be opened, or what parse_csv says, or it ends in the
// middle of a line.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path);

struct NamedPrediction {
  std::string image;  // relative to the folder of the data, as printable() has it
  Prediction prediction;
};

// Throw Error (data) with the line that cannot be read, also when the columns are not those of `classes`.
std::vector<NamedPrediction> read_predictions(const std::filesystem::path& csv,
                                              const std::vector<std::string>& classes);
std::vector<EpochResult> read_history(const std::filesystem::path& csv);
std::vector<LayerTrace> read_trace(const std::filesystem::path& csv);

}  // namespace graft
