// Reading the files of a run, which may come from a stranger: only regular files, of a size and a depth that ours
// have, and every number as what it is meant to be.
#pragma once
#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "weights/json_text.h"

namespace graft {

// The whole file; nothing if there is none. Throws Error: it is no regular file or larger than any of ours (data);
// the system does not let it be read (resources).
std::optional<std::string> read_run_file(const std::filesystem::path& path);

// The same as JSON; Error (data) where it is none, or is nested deeper than ours.
std::optional<nlohmann::json> read_run_json(const std::filesystem::path& path);

// The value of a key that has to be there, like json.at(key).get_to(value), but a number has to be one of its kind,
// and to fit. Throws nlohmann::json::exception that names the key.
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
