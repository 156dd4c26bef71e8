#include "engine/tables/similar_names.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// nullopt if it is not UTF-8.
std::optional<std::string> casefold(const std::string& text) {
  uint8_t* folded = nullptr;
  const auto length = utf8proc_map(
      reinterpret_cast<const uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &folded,
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
                                     UTF8PROC_STABLE));
  const std::unique_ptr<uint8_t, decltype(&std::free)> owner(folded, &std::free);
  if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (length < 0) return {};
  return std::string(reinterpret_cast<const char*>(folded), static_cast<size_t>(length));
}

std::string from_latin1(const std::string& text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return utf8;
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<uint8_t>(c));
  return text.empty() ? "nothing" : text;
}

}  // namespace

std::string fold_name(const std::string& name) {
  std::string folded = casefold(name).value_or("");
  if (folded.empty()) folded = casefold(from_latin1(name)).value_or(name);
  std::string text;
  for (const char c : folded) {
    const bool blank = c == ' ' || c == '_' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ') text += ' ';
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

SimilarNames find_similar(const std::vector<std::string>& names) {
  std::map<std::string, std::string> first;
  SimilarNames similar;
  for (const std::string& name : names) {
    const auto [it, fresh] = first.emplace(fold_name(name), name);
    if (!fresh && it->second != name) similar.emplace_back(it->second, name);
  }
  return similar;
}

std::string describe_difference(const std::string& a, const std::string& b) {
  size_t begin = 0, end = 0;  // equal bytes at the start, and at the end
  const size_t shorter = std::min(a.size(), b.size());
  while (begin < shorter && a[begin] == b[begin]) ++begin;
  while (end < shorter - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end]) ++end;
  const auto middle = [&](const std::string& s) { return hex(s.substr(begin, s.size() - end - begin)); };
  return fmt::format("'{}' and '{}' (bytes {} and {})", printable(a), printable(b), middle(a), middle(b));
}

std::string doubt_groups(const std::vector<std::string>& groups) {
  const SimilarNames similar = find_similar(groups);
  if (similar.empty()) return "";
  return fmt::format(
      "{} pair{} of groups have names that people take for one, but count as different patients (the first: {})",
      similar.size(), similar.size() == 1 ? "" : "s", describe_difference(similar[0].first, similar[0].second));
}

void refuse_similar_classes(const std::vector<std::string>& classes, const std::string& where, bool in_table) {
  const SimilarNames similar = find_similar(classes);
  if (similar.empty()) return;
  const auto& [a, b] = similar[0];
  fail(Fault::data,
       "{}: two {} have names that people take for one: {}; "
       "if they are one, {}, else give them clearly different names{}",
       where, in_table ? "labels" : "classes", describe_difference(a, b),
       in_table ? "write them alike in that table" : "move the images of one folder into the other and remove it",
       similar.size() > 1 ? fmt::format(" ({} more pairs are alike)", similar.size() - 1) : "");
}

}  // namespace graft
