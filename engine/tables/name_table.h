// Finds the row of a file in a table of file names. People write the names with and without suffix or folders, with
// backslashes, with the absolute paths of another machine or the folders of another year: a row and a file fit
// where their paths agree from the end, and the longest agreement on both sides counts.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct NamedRow {
  std::string name, value;  // as the table has them; an empty value says nothing
  size_t number;            // of the row, from 1, the header included
};

class NameTable {
 public:
  // Rows without a name are dropped, and repeated ones. Throws Error(Fault::data) for a name with two values;
  // `what`: what those are, "groups".
  NameTable(std::filesystem::path file, std::vector<NamedRow> rows, const char* what);

  // May one row speak for several files (1.png for a/1.png and b/1.png)? Else that is an Error(Fault::data).
  enum class OneRow { for_many, for_one };

  struct Matched {
    std::vector<int> row_of;  // of each file; -1: it has none
    std::string note;         // on those that fit only as people read names: by case, by accents; empty: none does
  };
  // Files are relative to DATA. A file and a row that nothing fits, and that are the only two of a name as people
  // read it (similar_names.h), belong together. Throws Error(Fault::data) if two rows that differ in their values
  // fit a file equally well.
  Matched match(const std::vector<std::filesystem::path>& files, OneRow one) const;

  // "names there look like X, those of the images like Y"; of two that look alike, the bytes that differ.
  std::string compare_names(const std::vector<std::filesystem::path>& files) const;

  const std::vector<NamedRow>& rows() const { return rows_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::string match_as_read(const std::vector<std::filesystem::path>& files, std::vector<int>& row_of) const;

  std::filesystem::path file_;
  std::vector<NamedRow> rows_;
};

}  // namespace graft
