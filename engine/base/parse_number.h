// Numbers as people and tables write them, the whole text or nothing: "12x", " 12" and "+12" are none. Independent
// of the locale.
#pragma once
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace graft {

// The number that the text is, if it lies in low ... high (with both). "nan" never does, "inf" only where asked
// for.
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
