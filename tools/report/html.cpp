#include "tools/report/html.h"

#include <fmt/format.h>

#include "engine/base/hash.h"
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
  return fmt::format("data:{};base64,{}", type, base64(bytes));
}

}  // namespace graft
