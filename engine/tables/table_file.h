// A table that says something of images by name, as people have them: FILE, or FILE:IMAGE_COLUMN,VALUE_COLUMN where
// the names of its columns do not say which are meant. Saved by any spreadsheet: commas, semicolons or tabs, UTF-8
// or UTF-16.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

struct TableName {
  std::filesystem::path file;
  std::string columns;  // "IMAGE_COLUMN,VALUE_COLUMN"; empty: by their names
};

// A file that is there under the whole text, or under what stands before one of its colons. Nothing: no such file.
std::optional<TableName> find_table(const std::string& text);

// The same with the file's absolute path; a text that names no file stays as it is.
std::string absolute_table(const std::string& text);

using Rows = std::vector<std::vector<std::string>>;

// Rows of fields, of which the first names the columns, blanks around them taken off; rows without any text are
// dropped, and every other has as many fields as the first. Throws Error(Fault::data).
Rows read_table(const std::filesystem::path& file);

// "Image Index" and "image_index" are one name: case, blanks, '_', '-' and '.' do not count.
std::string column_key(std::string_view name);

// Columns whose keys are in `known`, in the order of `known`, which has the best first.
std::vector<size_t> find_columns(const std::vector<std::string>& header,
                                 const std::vector<std::string_view>& known);

struct Columns {
  size_t image = 0, value = 0;
};
// Those that "IMAGE,VALUE" names, which may hold commas themselves. Throws Error(Fault::data) with the header.
Columns named_columns(const std::vector<std::string>& header, const TableName& table);

// What is most often called the column of file names.
std::vector<size_t> find_image_columns(const std::vector<std::string>& header);

// "a, b, c" for messages, a long header cut short.
std::string describe_header(const std::vector<std::string>& header);

}  // namespace graft
