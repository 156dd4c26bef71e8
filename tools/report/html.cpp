#include "tools/report/html.h"

#include "engine/base/printable.h"

namespace graft {

Markup escaped(std::string_view text) {
  Markup markup;
  for (const char c : printable(std::string(text))) switch (c) {
      case '&':
        markup.html_ += "&amp;";
        break;
      case '<':
        markup.html_ += "&lt;";
        break;
      case '>':
        markup.html_ += "&gt;";
        break;
      case '"':
        markup.html_ += "&quot;";
        break;
      case '\'':
        markup.html_ += "&#39;";
        break;
      default:
        markup.html_ += c;
    }
  return markup;
}

Markup isolated(std::string_view name) { return element("bdi", escaped(name)); }

Markup element(const Markup& tag, const Markup& inside, const Markup& attributes) {
  return Markup("<") + tag + attributes + ">" + inside + "</" + tag + ">";
}

Markup attribute(const Markup& name, std::string_view value) {
  return Markup(" ") + name + "=\"" + escaped(value) + "\"";
}

std::string data_uri(std::string_view type, std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string uri = "data:" + std::string(type) + ";base64,";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) uri += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return uri;
}

}  // namespace graft
