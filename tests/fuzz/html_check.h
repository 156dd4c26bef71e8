// Checks a report page for injected markup: every element and attribute must be one that the report uses, and all
// elements must be closed.
#pragma once
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace graft::fuzz {

class HtmlCheck {
 public:
  // Returns "", or what is wrong and where.
  static std::string wrong_in(std::string_view page) { return HtmlCheck(page).check(); }

 private:
  explicit HtmlCheck(std::string_view page) : page_(page) {}

  static bool has(const auto& all, std::string_view name) { return std::ranges::find(all, name) != all.end(); }
  static bool known_element(std::string_view name) {
    static constexpr std::array<std::string_view, 44> kKnown = {
        "html", "head",  "meta",  "title",  "style", "body",       "main",    "section", "article", "footer", "h1",
        "h2",   "h3",    "h4",    "p",      "div",   "span",       "bdi",     "strong",  "code",    "ul",     "ol",
        "li",   "table", "thead", "tbody",  "tfoot", "tr",         "th",      "td",      "figure",  "img",    "a",
        "svg",  "path",  "line",  "circle", "text",  "figcaption", "caption", "details", "summary", "em",     "br"};
    return has(kKnown, name);
  }
  static bool known_attribute(std::string_view name) {
    static constexpr std::array<std::string_view, 28> kKnown = {
        "class", "scope", "src",  "alt",     "width",      "height",  "lang",        "charset",   "name", "content",
        "title", "style", "role", "viewBox", "aria-label", "x",       "y",           "x1",        "x2",   "y1",
        "y2",    "cx",    "cy",   "r",       "d",          "colspan", "text-anchor", "http-equiv"};
    return has(kKnown, name);
  }

  std::string at(const std::string& what) const {
    return what + ": ..." + std::string(page_.substr(at_ < 60 ? 0 : at_ - 60, 160));
  }
  std::string_view word(std::string_view ends) {
    const size_t begin = at_;
    at_ = std::min(page_.find_first_of(ends, at_), page_.size());
    return page_.substr(begin, at_ - begin);
  }

  // Reads the attributes of a tag up to its end. Returns "" if all are known.
  std::string attributes(bool& closed) {
    closed = false;
    while (at_ < page_.size() && page_[at_] != '>') {
      if (page_[at_] == '/' || page_[at_] == ' ') {
        closed = page_[at_++] == '/';
        continue;
      }
      const std::string_view name = word("= >");
      if (!known_attribute(name)) return at("the attribute " + std::string(name));
      if (page_.substr(at_, 2) != "=\"") return at("an attribute without a value");
      at_ += 2;
      const std::string_view value = word("\"");
      if (name == "src" && !value.starts_with("data:image/jpeg;base64,")) return at("a source that is no picture");
      if (name == "style" && !value.starts_with("--v:")) return at("a style");
      ++at_;
    }
    ++at_;
    return {};
  }

  std::string open() {
    const std::string_view name = word(" />");
    if (!known_element(name)) return at("the element " + std::string(name));
    bool closed = false;
    if (std::string wrong = attributes(closed); !wrong.empty()) return wrong;
    if (name == "style") at_ = std::min(page_.find("</style>", at_), page_.size());
    if (!closed && name != "meta" && name != "img" && name != "br") open_.push_back(name);
    return {};
  }

  std::string check() {
    constexpr std::string_view kStart = "<!doctype html>\n";
    if (!page_.starts_with(kStart)) return "no doctype";
    for (at_ = kStart.size(); (at_ = page_.find('<', at_)) != page_.npos;) {
      ++at_;
      if (page_.substr(at_, 1) == "/") {
        ++at_;
        const std::string_view name = word(">");
        if (open_.empty() || open_.back() != name) return at("the end of " + std::string(name));
        open_.pop_back();
      } else if (std::string wrong = open(); !wrong.empty()) {
        return wrong;
      }
    }
    return open_.empty() ? "" : "not closed: " + std::string(open_.back());
  }

  std::string_view page_;
  size_t at_ = 0;
  std::vector<std::string_view> open_;
};

}  // namespace graft::fuzz
