// JSON from files: small, shallow, without duplicate keys, and with numbers in range; anything else is an error of
// the file.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/api/error.h"

namespace graft {

// Throws Error of that fault: "<what> is not valid JSON: ...".
nlohmann::json parse_json(std::string_view text, const std::string& what, Fault fault = Fault::weights);

// The number, if T can hold it: floats are not accepted as integers (3.0 is not), nor values out of range.
// (get<T>() of 1e308 as int is undefined, and of 2^32 it is another number.)
template <class T>
std::optional<T> number_as(const nlohmann::json& j) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!j.is_number()) return {};
    const double value = j.get<double>();
    if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<T>::max()))) return {};
    return static_cast<T>(value);
  } else if (j.is_number_unsigned()) {
    const auto value = j.get<uint64_t>();
    return std::in_range<T>(value) ? std::optional(static_cast<T>(value)) : std::nullopt;
  } else {
    if (!j.is_number_integer() || !std::in_range<T>(j.get<int64_t>())) return {};
    return static_cast<T>(j.get<int64_t>());
  }
}

// A list of integers. Throws Error (weights): "<what> has ... where a list of integers should be".
std::vector<int64_t> integers(const nlohmann::json& j, const std::string& what);

}  // namespace graft
