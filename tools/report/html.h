// HTML that data cannot break: text becomes Markup only by escaping,
// and only literals in our own source become Markup unescaped.
#pragma once
#include <string>
#include <string_view>

namespace graft {

class Markup {
 public:
  Markup() = default;
  template <size_t N>
  Markup(const char (&literal)[N]) : html_(literal) {}  // unescaped: our own source, never data
  Markup& operator+=(const Markup& more) { return html_ += more.html_, *this; }
  friend Markup operator+(Markup a, const Markup& b) { return a += b; }
  const std::string& html() const { return html_; }
  bool empty() const { return html_.empty(); }

 private:
  friend Markup escaped(std::string_view text);
  std::string html_;
};

// Escapes any text: the five special characters become entities;
// control characters and bytes that are not UTF-8 are shown as \xNN.
Markup escaped(std::string_view text);

// A name from the data within a sentence: escaped, and isolated so that its direction (right to left, or
// overridden) does not affect the text around it.
Markup isolated(std::string_view name);

// <tag attributes>inside</tag>
Markup element(const Markup& tag, const Markup& inside, const Markup& attributes = {});

// ' name="value"', the value escaped.
Markup attribute(const Markup& name, std::string_view value);

// "data:TYPE;base64,...", for attribute().
std::string data_uri(std::string_view type, std::string_view bytes);

}  // namespace graft
