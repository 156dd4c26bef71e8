#include "engine/base/printable.h"

#include <fmt/core.h>

#include <cstdint>

namespace graft {
namespace {

// Length of the well-formed UTF-8 character at s[i] (Unicode 15, table 3-7), or 0.
size_t utf8_length(const std::string& s, size_t i) {
  const auto at = [&](size_t k) { return k < s.size() ? static_cast<uint8_t>(s[k]) : uint8_t{0}; };
  const auto tail = [&](size_t k) { return (at(k) & 0xC0) == 0x80; };
  const uint8_t a = at(i), b = at(i + 1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(i + 1) ? 2 : 0;
  if ((a & 0xF0) == 0xE0) {
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F)) return 0;  // overlong, surrogate
    return tail(i + 1) && tail(i + 2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
    return tail(i + 1) && tail(i + 2) && tail(i + 3) ? 4 : 0;
  }
  return 0;
}

bool is_control(const std::string& s, size_t i, size_t length) {
  const auto a = static_cast<uint8_t>(s[i]);
  if (length == 1) return a < 0x20 || a == 0x7F;
  return length == 2 && a == 0xC2 && static_cast<uint8_t>(s[i + 1]) < 0xA0;  // U+0080..U+009F
}

}  // namespace

std::string printable(const std::filesystem::path& path) {
  const std::string& s = path.native();
  std::string out;
  for (size_t i = 0; i < s.size();) {
    const size_t length = utf8_length(s, i);
    if (length != 0 && !is_control(s, i, length)) {
      out.append(s, i, length);
      i += length;
    } else {
      for (size_t end = i + (length ? length : 1); i < end; ++i)
        out += fmt::format("\\x{:02x}", static_cast<uint8_t>(s[i]));
    }
  }
  return out;
}

std::string shell_word(const std::filesystem::path& path) {
  const std::string text = printable(path);
  constexpr const char* kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./";
  if (text.find_first_not_of(kPlain) == text.npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace graft
