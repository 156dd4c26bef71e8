#include "engine/data/csv.h"

#include <utility>

#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// Behind any apostrophes, so that what was one already is told from one that was put there.
bool begins_like_formula(const std::string& text) {
  const size_t first = text.find_first_not_of('\'');
  return first != text.npos && std::string_view("=+-@").find(text[first]) != std::string_view::npos;
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
  const std::string_view first = text.substr(0, text.find('\n'));
  const char separator = first.find(',') != first.npos ? ',' : first.find(';') != first.npos ? ';' : '\t';
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
    } else if (c == '\n') {
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
