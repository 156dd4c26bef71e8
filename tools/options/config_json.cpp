#include "tools/options/config_json.h"

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
  size_t known = 0;
  for (const Option& option : train_options()) {
    if (option.field.empty()) continue;
    ++known;
    try {
      option.value.from_json(config, j.at(option.field));
    } catch (const Error& e) {
      fail(Fault::data, "'{}' has an impossible value: {}", option.field, e.what());
    } catch (const nlohmann::json::type_error& e) {
      fail(Fault::data, "'{}' has an impossible value: {}", option.field, printable(j.at(option.field).dump()));
    }
  }
  if (j.size() != known) fail(Fault::data, "it has a field that this program does not know");
  try {
    check_combination(config);
  } catch (const Error& e) {
    fail(Fault::data, "{}", e.what());
  }
  return config;
}

}  // namespace graft
