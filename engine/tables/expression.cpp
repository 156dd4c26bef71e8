// The one file that includes re2.h.
#include "engine/tables/expression.h"

#include <re2/re2.h>
#include <utf8proc.h>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr size_t kLongestPattern = 4096;  // bytes
constexpr int64_t kMemory =
    int64_t{1} << 20;  // bytes, of the compiled expression; a typical rule needs a hundredth

std::shared_ptr<const re2::RE2> compiled(const std::string& pattern, re2::RE2::Options::Encoding encoding) {
  re2::RE2::Options options;
  options.set_encoding(encoding);
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  return std::make_shared<const re2::RE2>(pattern, options);
}

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t character;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                         static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (length <= 0) return false;
    at += static_cast<size_t>(length);
  }
  return true;
}

// Perl syntax that RE2 lacks, by the part that RE2 reports: "(?=", "\\1".
bool looks_around(std::string_view part) {
  for (const char* known : {"(?=", "(?!", "(?<"})
    if (part.starts_with(known)) return true;
  return false;
}
bool refers_back(std::string_view part) {
  return part.size() == 2 && part[0] == '\\' && part[1] > '0' && part[1] <= '9';
}

[[noreturn]] void fail_pattern(const re2::RE2& expression) {
  const std::string part = printable(expression.error_arg().substr(0, 60));
  if (looks_around(part))
    fail(Fault::usage,
         "no regular expression that can be used: "
         "look-ahead and look-behind ({}...) are not supported, and a named group is (?P<name>...)",
         part);
  if (refers_back(part))
    fail(Fault::usage, "no regular expression that can be used: back-references ({}) are not supported", part);
  if (expression.error_code() == re2::RE2::ErrorPatternTooLarge)
    fail(Fault::usage, "no regular expression that can be used: it is too large; repeat less in it");
  fail(Fault::usage, "no regular expression: {}", printable(expression.error().substr(0, 200)));
}

}  // namespace

Expression::Expression(const std::string& pattern) {
  if (pattern.size() > kLongestPattern)
    fail(Fault::usage, "no regular expression that can be used: it has {} bytes, and {} are the most",
         pattern.size(), kLongestPattern);
  auto expression = compiled(pattern, re2::RE2::Options::EncodingUTF8);
  if (expression->error_code() == re2::RE2::ErrorBadUTF8)
    expression = nullptr;
  else if (!expression->ok())
    fail_pattern(*expression);
  characters_ = std::move(expression);
  bytes_ = compiled(pattern, re2::RE2::Options::EncodingLatin1);
  if (!bytes_->ok()) fail_pattern(*bytes_);
}

std::optional<Expression::Match> Expression::search(std::string_view text) const {
  const re2::RE2& expression = characters_ && is_utf8(text) ? *characters_ : *bytes_;
  const int count = 1 + expression.NumberOfCapturingGroups();
  std::vector<re2::StringPiece> parts(static_cast<size_t>(count));
  const re2::StringPiece whole(text.data(), text.size());
  if (!expression.Match(whole, 0, text.size(), re2::RE2::UNANCHORED, parts.data(), count)) return std::nullopt;
  Match match{static_cast<size_t>(parts[0].data() - text.data()), parts[0].size(), {}};
  for (size_t i = 1; i < parts.size(); ++i) match.groups.push_back(parts[i].as_string());
  return match;
}

}  // namespace graft
