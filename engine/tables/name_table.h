// Finds the row of a file in a table of file names. Tables have names with or without suffix or folders, with
// backslashes, with absolute paths of another machine or old folders: a row and a file match if their paths agree
// from the end, and the longest agreement on both sides wins.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct NamedRow {
  std::string name, value;  // as in the table; an empty value says nothing
  size_t number;            // of the row, from 1, including the header
};

class NameTable {
 public:
  // Drops rows without a name, and duplicates. Throws Error(Fault::data) for a name with two values; `what`: what
  // the values are, "groups".
  NameTable(std::filesystem::path file, std::vector<NamedRow> rows, const char* what);

  // May one row match several files (1.png for a/1.png and b/1.png)? Else that is an Error(Fault::data).
  enum class OneRow { for_many, for_one };

  struct Matched {
    std::vector<int> row_of;  // per file; -1: it has none
    std::string note;         // about approximate matches, by case or accents; empty: there are none
  };
  // Files are relative to DATA. An unmatched file and an unmatched row that are the only two with a similar name
  // (similar_names.h) belong together. Throws Error(Fault::data) if two rows with different values match a file
  // equally well.
  Matched match(const std::vector<std::filesystem::path>& files, OneRow one) const;

  // "names there look like X, those of the images like Y"; for two that look alike, the bytes that differ.
  std::string compare_names(const std::vector<std::filesystem::path>& files) const;

  const std::vector<NamedRow>& rows() const { return rows_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::string match_as_read(const std::vector<std::filesystem::path>& files, std::vector<int>& row_of) const;

  std::filesystem::path file_;
  std::vector<NamedRow> rows_;
};

}  // namespace graft
