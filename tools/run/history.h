// history.csv: one row per epoch. Contains nothing that differs between equal runs (no times, no machine names).
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "tools/events/epoch_result.h"

namespace graft {

void write_history(const std::filesystem::path& path, const std::vector<EpochResult>& history);

nlohmann::json to_json(const std::vector<EpochResult>& history);
std::vector<EpochResult> history_from_json(const nlohmann::json& json);  // throws nlohmann's exceptions

}  // namespace graft
