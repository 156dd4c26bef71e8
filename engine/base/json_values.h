// Values of untrusted JSON: every number is checked for its kind and range.
#pragma once
#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/json_text.h"

namespace graft {

// The value of a required key, like json.at(key).get_to(value), but a number has to be of the right kind and in
// range. Throws nlohmann::json::exception that names the key.
template <class T>
void read_value(const nlohmann::json& json, const char* key, T& value) {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    const auto number = number_as<T>(json);
    if (!number)
      throw nlohmann::json::type_error::create(
          302, fmt::format("'{}' is {}, which is no number of the kind that belongs there", key, json.dump()),
          &json);
    value = *number;
  } else {
    json.get_to(value);
  }
}
template <class T>
void read_value(const nlohmann::json& json, const char* key, std::vector<T>& values) {
  values.clear();
  for (const nlohmann::json& one : json.get_ref<const nlohmann::json::array_t&>())
    read_value(one, key, values.emplace_back());
}
template <class T>
void read_value(const nlohmann::json& json, const char* key, std::map<std::string, T>& values) {
  values.clear();
  for (const auto& [name, one] : json.get_ref<const nlohmann::json::object_t&>())
    read_value(one, key, values[name]);
}
template <class T>
void read_at(const nlohmann::json& json, const char* key, T& value) {
  read_value(json.at(key), key, value);
}
template <class T>
T value_at(const nlohmann::json& json, const char* key) {
  T value{};
  read_at(json, key, value);
  return value;
}

}  // namespace graft
