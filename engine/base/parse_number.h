// Parses numbers as people and tables write them. The whole text has to be a number: "12x", " 12" and "+12" are
// not. Independent of the locale.
#pragma once
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace graft {

// The number, if it lies in [low, high]. "nan" never does, "inf" only where the bounds allow it.
template <class T>
std::optional<T> parse_number(std::string_view text, T low = std::numeric_limits<T>::lowest(),
                              T high = std::numeric_limits<T>::max()) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= low && value <= high)) return std::nullopt;
  return value;
}

}  // namespace graft
