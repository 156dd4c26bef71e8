#include "engine/base/csv.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// Checked after any leading apostrophes, so that an original apostrophe can be told from an added one.
bool begins_like_formula(const std::string& text) {
  const size_t first = text.find_first_not_of('\'');
  return first != text.npos && std::string_view("=+-@").find(text[first]) != std::string_view::npos;
}

constexpr std::string_view kSeparators = ",;\t";

// How often each separator occurs in each of the first lines, outside of quotes.
std::vector<std::array<int, kSeparators.size()>> count_separators(std::string_view text) {
  constexpr size_t kLines = 20;
  std::vector<std::array<int, kSeparators.size()>> lines;
  std::array<int, kSeparators.size()> counts{};
  bool quoted = false, starts = true, empty = true;  // at the start of a field; the line is empty
  for (const char c : text) {
    const bool ends = !quoted && (c == '\n' || c == '\r');
    if (ends && !empty) lines.push_back(counts);
    if (ends) counts = {}, starts = empty = true;
    if (ends && lines.size() == kLines) break;
    if (ends) continue;
    empty = false;
    if (c == '"' && (quoted || starts)) quoted = !quoted;
    const size_t kind = quoted ? kSeparators.npos : kSeparators.find(c);
    if (kind != kSeparators.npos) ++counts[kind];
    starts = kind != kSeparators.npos || (starts && c == '"' && !quoted);
  }
  if (!empty) lines.push_back(counts);
  return lines;
}

// Is each comma between digits, as in 1,5?
bool has_decimal_commas(std::string_view text) {
  const auto is_digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  for (size_t at = text.find(','); at != text.npos; at = text.find(',', at + 1))
    if (at == 0 || !is_digit(at - 1) || !is_digit(at + 1)) return false;
  return true;
}

// The separator that all of the first lines have equally often, else the one that the first line has most often.
// Excel's line "sep=;" takes precedence and is removed.
char take_separator(std::string_view& text) {
  if (text.size() > 4 && text.starts_with("sep=") && text.substr(5, 1).find_first_of("\r\n") == 0) {
    const char named = text[4];
    text.remove_prefix(5);
    return named;
  }
  const auto lines = count_separators(text);
  if (lines.empty()) return ',';
  size_t best = 0;
  std::pair<bool, int> best_rank;
  for (size_t kind = 0; kind < kSeparators.size(); ++kind) {
    const int first = lines[0][kind];
    const bool equal =
        first > 0 && std::ranges::all_of(lines, [&](const auto& counts) { return counts[kind] == first; });
    const std::pair rank(equal, first);
    const bool better = rank == best_rank && equal && has_decimal_commas(text);  // a;1,5
    if (rank > best_rank || better) best = kind, best_rank = rank;
  }
  return kSeparators[best];
}

}  // namespace

std::string csv_field(const std::string& name) {
  std::string text = printable(name);
  if (begins_like_formula(text)) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"") == text.npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::filesystem::path& source) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const bool old_mac = text.find('\n') == text.npos;  // lines end with CR alone
  const char separator = take_separator(text);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false, was_quoted = false;
  const auto end_field = [&] {
    if (field.starts_with('\'') && begins_like_formula(field)) field.erase(0, 1);
    row.push_back(std::exchange(field, {}));
  };
  const auto end_row = [&] {
    const bool empty = row.empty() && field.empty() && !was_quoted;
    end_field();
    if (!empty) rows.push_back(row);
    row.clear(), was_quoted = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        field += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        field += text[++i];
      else
        quoted = false;
    } else if (c == '"' && field.empty() && !was_quoted) {
      quoted = was_quoted = true;
    } else if (c == separator) {
      end_field(), was_quoted = false;
    } else if (c == '\n' || (c == '\r' && old_mac)) {
      end_row();
    } else if (c != '\r' || (i + 1 < text.size() && text[i + 1] != '\n')) {
      field += c;
    }
  }
  if (quoted)
    fail(Fault::data, "{}: record {}: a quote that never ends; close it, or make the file again", printable(source),
         rows.size() + 1);
  if (!row.empty() || !field.empty() || was_quoted) end_row();
  return rows;
}

}  // namespace graft
