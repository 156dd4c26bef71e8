#include "engine/data/groups.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "engine/data/csv.h"
#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr size_t kLongestName = 4096;  // of a path in Linux; the matcher of the library recurses
constexpr uintmax_t kLargestCsv = uintmax_t{1} << 30;

size_t find_column(const std::vector<std::string>& header, const std::vector<std::string>& names,
                   const std::string& file) {
  for (const std::string& name : names)
    for (size_t i = 0; i < header.size(); ++i)
      if (header[i] == name) return i;
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  fail(Fault::data, "{}: its first line names no column that is called one of: {}", file, known);
}

}  // namespace

GroupBy::GroupBy(const std::string& by) {
  std::error_code error;
  if (fs::is_regular_file(by, error)) {
    csv_ = true;
    read_csv(by);
    return;
  }
  if (by == "none")
    fail(Fault::usage,
         "--group-by none: leave the option out where images have no groups; as an expression: [n]one");
  if (by.ends_with(".csv")) fail(Fault::data, "--group-by {}: there is no such file", printable(by));
  try {
    regex_ = std::regex(by, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& e) {
    fail(Fault::usage, "--group-by {}: neither a file nor a regular expression ({})", printable(by), e.what());
  }
}

void GroupBy::read_csv(const fs::path& file) {
  const std::string name = printable(file);
  std::error_code error;
  if (fs::file_size(file, error) > kLargestCsv) fail(Fault::data, "{}: too large for a list of images", name);
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  const std::string text = content.str();
  if (!stream || text.empty()) fail(Fault::data, "{}: cannot be read, or is empty", name);
  const auto rows = parse_csv(text, file);
  if (rows.empty()) fail(Fault::data, "{}: has no line", name);
  const size_t path = find_column(rows[0], {"path", "file", "filename", "image"}, name);
  const size_t group =
      find_column(rows[0], {"group", "patient", "patient_id", "subject", "subject_id", "case"}, name);
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size())
      fail(Fault::data, "{}: row {} has {} fields, the first has {}", name, i + 1, rows[i].size(), rows[0].size());
    const std::string key = printable(fs::path(rows[i][path]).lexically_normal());  // as our own CSV have it
    const std::string& value = rows[i][group];
    if (value.empty()) continue;
    const auto [it, fresh] = by_path_.emplace(key, value);
    if (!fresh && it->second != value)
      fail(Fault::data, "{}: two groups for {}: {} and {}; keep one", name, key, printable(it->second),
           printable(value));
  }
}

std::string GroupBy::group_of(const fs::path& path, const fs::path& below) const {
  if (csv_) {
    for (const fs::path& key : {path, below, path.filename()})
      if (const auto it = by_path_.find(printable(key)); it != by_path_.end()) return it->second;
    return "";
  }
  const std::string text = below.string();
  std::smatch match;
  try {
    if (text.size() > kLongestName || !std::regex_search(text, match, regex_)) return "";
  } catch (const std::regex_error& e) {
    fail(Fault::usage, "--group-by: the expression takes too long on {}: {}", printable(below), e.what());
  }
  if (match.size() == 1) return match.str(0);
  std::string group = match.str(1);
  for (size_t i = 2; i < match.size(); ++i) group += "/" + match.str(i);
  return group;
}

}  // namespace graft
