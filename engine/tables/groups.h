// Which images belong together: those of one patient, one slide, one video. Images of one group in training and in
// test make a result look better than it is. --group-by names the group of an image by a regular expression, or a
// table lists it.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/tables/expression.h"
#include "engine/tables/name_table.h"

namespace graft {

struct FileInData {
  std::filesystem::path path;   // relative to DATA: split/class/...
  std::filesystem::path below;  // relative to the class folder
};

class GroupBy {
 public:
  // A file that is there is a table (table_file.h), also as FILE:IMAGE_COLUMN,GROUP_COLUMN. Anything else is a
  // regular expression (expression.h), searched in the path below the class folder: the group is what its
  // parentheses match, else what all of it matches. "none" is neither, so that it can mean what it says where a run
  // has a rule. Throws Error: usage for an expression, data for a table, that cannot be read.
  explicit GroupBy(const std::string& by);

  // The group of each file of the folder `data`; empty: it has none. Where `split` has written that folder (it has
  // left manifest.csv there), a rule that fits the names before the split fits here too. note: NameTable::Matched.
  std::vector<std::string> groups_of(std::vector<FileInData> files, const std::filesystem::path& data,
                                     std::string* note = nullptr) const;

  // "its names look like p1.png", "it has values that say that there is none", for a message on files that have no
  // group; empty for an expression.
  std::string example() const;
  const std::vector<std::string>& notes() const { return notes_; }  // which columns were taken, if others could be

 private:
  void read_table_of_groups(const std::filesystem::path& file, const std::string& columns);
  std::string group_by_expression(const std::filesystem::path& below) const;

  std::optional<NameTable> table_;
  std::optional<Expression> expression_;  // where there is no table
  std::vector<std::string> notes_;
  std::map<std::string, int> missing_;  // values of the table such as NA, which are no group
};

}  // namespace graft
