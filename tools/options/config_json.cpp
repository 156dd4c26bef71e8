#include "tools/options/config_json.h"

#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {

nlohmann::json to_json(const TrainConfig& config) {
  nlohmann::json j = nlohmann::json::object();
  for (const Option& option : train_options())
    if (!option.field.empty()) j[option.field] = option.value.to_json(config);
  return j;
}

TrainConfig train_config_from_json(const nlohmann::json& j) {
  TrainConfig config;
  std::set<std::string> known;
  for (const Option& option : train_options()) {
    if (option.field.empty()) continue;
    known.insert(option.field);
    if (option.may_be_missing && !j.contains(option.field)) continue;
    try {
      option.value.from_json(config, j.at(option.field));
    } catch (const Error& e) {
      fail(Fault::data, e.advice(), "'{}' has an impossible value: {}", option.field, e.what());
    } catch (const nlohmann::json::type_error& e) {
      fail(Fault::data, "'{}' has an impossible value: {}", option.field, printable(j.at(option.field).dump()));
    }
  }
  for (const auto& [field, value] : j.items())
    if (!known.contains(field)) fail(Fault::data, "'{}' is a field unknown to this program", printable(field));
  try {
    check_combination(config);
  } catch (const Error& e) {
    fail(Fault::data, e.advice(), "{}", e.what());
  }
  return config;
}

}  // namespace graft
