// history.csv: a line for each epoch. It holds nothing that differs between equal runs (no times, no machine).
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

namespace graft {

struct Score {
  double loss = 0, accuracy = 0;
};

struct EpochResult {
  int epoch = 0;  // from 1
  int64_t steps = 0;
  Score train;               // mean over the epoch, each batch with the weights of its moment
  std::optional<Score> val;  // with the weights at the end of the epoch
};

void write_history(const std::filesystem::path& path, const std::vector<EpochResult>& history);

nlohmann::json to_json(const std::vector<EpochResult>& history);
std::vector<EpochResult> history_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

}  // namespace graft
