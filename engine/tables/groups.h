// Which images belong together: those of one patient, one slide, one video. Images of one group in training and
// test make a result look better than it is. --group-by gives a regular expression that finds the group in an
// image's path, or a table that lists it.
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
  // An existing file is a table (table_file.h), also as FILE:IMAGE_COLUMN,GROUP_COLUMN. Anything else is a regular
  // expression (expression.h), searched in the path below the class folder: the group is what its parentheses
  // match, else the whole match. "none" is neither; it is reserved for runs that have a rule. Throws Error: usage
  // for an invalid expression, data for an unreadable table.
  explicit GroupBy(const std::string& by);

  // The group of each file of the folder `data`; empty: it has none. If `split` has written that folder (it has a
  // manifest.csv), a rule that fits the names before the split fits here too. note: NameTable::Matched.
  std::vector<std::string> groups_of(std::vector<FileInData> files, const std::filesystem::path& data,
                                     std::string* note = nullptr) const;

  // "its names look like p1.png", "it has values that say that there is none", for a message on files without a
  // group; empty for an expression.
  std::string example() const;
  const std::vector<std::string>& notes() const {
    return notes_;
  }  // which columns were taken, if there were others

 private:
  void read_table_of_groups(const std::filesystem::path& file, const std::string& columns);
  std::string group_by_expression(const std::filesystem::path& below) const;

  std::optional<NameTable> table_;
  std::optional<Expression> expression_;  // if there is no table
  std::vector<std::string> notes_;
  std::map<std::string, int> missing_;  // values of the table such as NA, which are not groups
};

}  // namespace graft
