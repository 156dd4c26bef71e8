// Which images belong together: those of one patient, one slide, one video. Images of one group in training and in
// test make a result look better than it is. --group-by names the group of an image by a regular expression, or a
// CSV lists it.
#pragma once
#include <filesystem>
#include <regex>
#include <string>
#include <unordered_map>

namespace graft {

class GroupBy {
 public:
  // A file that is there is a CSV: its first line names the columns, of which one is path (or file, filename,
  // image) and one group (or patient, patient_id, subject, subject_id, case). Anything else is a regular expression
  // (ECMAScript), searched in the path below the class folder: the group is what its parentheses match, else what
  // all of it matches. "none" is neither, so that it can mean what it says where a run has a rule. Throws Error:
  // usage for an expression, data for a CSV, that cannot be read.
  explicit GroupBy(const std::string& by);

  // `path` is relative to DATA (split/class/...), `below` to the class folder. A CSV may give either, or the file
  // name alone. Empty: the image has no group.
  std::string group_of(const std::filesystem::path& path, const std::filesystem::path& below) const;

 private:
  void read_csv(const std::filesystem::path& file);

  bool csv_ = false;
  std::regex regex_;
  std::unordered_map<std::string, std::string> by_path_;
};

}  // namespace graft
