// A table of values by image name, as users have them: FILE, or FILE:IMAGE_COLUMN,VALUE_COLUMN if the column names
// are ambiguous. Saved by any spreadsheet: commas, semicolons or tabs, UTF-8 or UTF-16.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

struct TableName {
  std::filesystem::path file;
  std::string columns;  // "IMAGE_COLUMN,VALUE_COLUMN"; empty: chosen by their names
};

// Finds an existing file named by the whole text, or by the part before one of its colons. nullopt: no such file.
std::optional<TableName> find_table(const std::string& text);

// The same with the file's absolute path; a text that names no file is unchanged.
std::string absolute_table(const std::string& text);

using Rows = std::vector<std::vector<std::string>>;

// Rows of fields; the first row names the columns, with surrounding spaces removed. Rows without any text are
// dropped; every other row has as many fields as the first. Throws Error(Fault::data).
Rows read_table(const std::filesystem::path& file);

// "Image Index" and "image_index" are one name: case, spaces, '_', '-' and '.' are ignored.
std::string column_key(std::string_view name);

// Columns whose keys are in `known`, in the order of `known`, which lists the best first.
std::vector<size_t> find_columns(const std::vector<std::string>& header,
                                 const std::vector<std::string_view>& known);

struct Columns {
  size_t image = 0, value = 0;
};
// The columns named by "IMAGE,VALUE", which may contain commas themselves. Throws Error(Fault::data) with the
// header.
Columns named_columns(const std::vector<std::string>& header, const TableName& table);

// Common names of the file name column.
std::vector<size_t> find_image_columns(const std::vector<std::string>& header);

// "a, b, c" for messages; a long header is truncated.
std::string describe_header(const std::vector<std::string>& header);

}  // namespace graft
