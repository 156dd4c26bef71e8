// TrainConfig as the object "training" of config.json, one field per option. Reading is strict: a missing,
// unknown or invalid field is an error that names it.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "tools/options/option.h"

namespace graft {

nlohmann::json to_json(const TrainConfig& config);

// Throws Error (data) or nlohmann::json::exception.
TrainConfig train_config_from_json(const nlohmann::json& json);

}  // namespace graft
