#include "engine/tables/table_file.h"

#include <iconv.h>

#include <algorithm>

#include "engine/base/csv.h"
#include "engine/base/file_rules.h"
#include "engine/base/input_file.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kLargestTable = int64_t{1} << 30;

// Anything but a folder: other kinds of files are rejected when they are read.
bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_directory(path, error);
}

[[noreturn]] void fail_no_text(const fs::path& file) {
  fail(Fault::data, "{}: is no text; save the table as CSV (UTF-8)", printable(file));
}

// The "Unicode text" of spreadsheets.
std::string from_utf16(std::string text, const fs::path& file) {
  const iconv_t converter = iconv_open("UTF-8", "UTF-16");
  if (converter == iconv_t(-1)) fail_no_text(file);
  std::string out(text.size() / 2 * 3, '\0');  // the maximum per unit
  char *from = text.data(), *to = out.data();
  size_t from_left = text.size(), to_left = out.size();
  const bool good = iconv(converter, &from, &from_left, &to, &to_left) != size_t(-1);
  iconv_close(converter);
  if (!good) fail_no_text(file);
  out.resize(out.size() - to_left);
  return out;
}

std::string read_text(const fs::path& file) {
  std::string text = read_whole_file(file, kLargestTable);
  if (text.empty()) fail(Fault::data, "{}: is empty", printable(file));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) text = from_utf16(std::move(text), file);
  if (text.find('\0') != text.npos) fail_no_text(file);
  return text;
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The one column of this name: an exact match, else by column_key.
std::optional<size_t> find_named(const std::vector<std::string>& header, const std::string& name) {
  if (const auto it = std::ranges::find(header, name); it != header.end()) return it - header.begin();
  const std::vector<size_t> found = find_columns(header, {column_key(name)});
  return found.empty() ? std::nullopt : std::optional(found[0]);
}

}  // namespace

std::optional<TableName> find_table(const std::string& text) {
  if (is_there(text)) return TableName{text, ""};
  for (size_t colon = text.rfind(':'); colon != text.npos && colon > 0; colon = text.rfind(':', colon - 1))
    if (is_there(text.substr(0, colon))) return TableName{text.substr(0, colon), text.substr(colon + 1)};
  return std::nullopt;
}

std::string absolute_table(const std::string& text) {
  const auto table = find_table(text);
  return table ? fs::absolute(table->file).lexically_normal().string() + text.substr(table->file.native().size())
               : text;
}

Rows read_table(const fs::path& file) {
  Rows rows = parse_csv(read_text(file), file);
  for (auto& row : rows)
    for (std::string& field : row) field = trimmed(field);
  const auto empty = [](const auto& row) {
    return std::ranges::all_of(row, [](const std::string& field) { return field.empty(); });
  };
  if (rows.empty() || empty(rows[0])) fail(Fault::data, "{}: has no line that names columns", printable(file));
  for (size_t i = 1; i < rows.size(); ++i)
    if (!empty(rows[i]) && rows[i].size() != rows[0].size())
      fail(Fault::data, "{}: row {} has {} fields, the first has {}", printable(file), i + 1, rows[i].size(),
           rows[0].size());
  return rows;
}

std::string column_key(std::string_view name) {
  std::string key = lower_ascii(std::string(name));
  std::erase_if(key, [](char c) { return c == ' ' || c == '_' || c == '-' || c == '.'; });
  return key;
}

std::vector<size_t> find_columns(const std::vector<std::string>& header,
                                 const std::vector<std::string_view>& known) {
  std::vector<size_t> found;
  for (const std::string_view name : known)
    for (size_t i = 0; i < header.size(); ++i)
      if (column_key(header[i]) == name) found.push_back(i);
  return found;
}

Columns named_columns(const std::vector<std::string>& header, const TableName& table) {
  for (size_t comma = table.columns.find(','); comma != std::string::npos;
       comma = table.columns.find(',', comma + 1)) {
    const auto image = find_named(header, table.columns.substr(0, comma)),
               value = find_named(header, table.columns.substr(comma + 1));
    if (image && value) return {*image, *value};
  }
  fail(Fault::data, "{}: '{}' does not name two of its columns, as in FILE:IMAGE_COLUMN,OTHER_COLUMN; it has: {}",
       printable(table.file), printable(table.columns), describe_header(header));
}

std::vector<size_t> find_image_columns(const std::vector<std::string>& header) {
  return find_columns(
      header,
      {"path",    "filepath", "imagepath", "imagefilepath", "file",   "filename", "imagefile", "imagefilename",
       "image",   "imageid",  "imagename", "imageindex",    "idcode", "isicid",   "img",       "imgid",
       "imgname", "imgpath",  "images",    "picture",       "id",     "name",     "patientid"});
}

std::string describe_header(const std::vector<std::string>& header) {
  constexpr size_t kNamed = 12;
  std::string text;
  for (size_t i = 0; i < std::min(header.size(), kNamed); ++i) text += (i ? ", " : "") + printable(header[i]);
  return header.size() > kNamed ? text + ", ..." : text;
}

}  // namespace graft
