// The one rule of which files of a folder are images, for every command that reads one. Hidden files, what file
// managers leave, documents and sidecars (labels, outlines, tables, archives) are not; any other file is taken for
// an image, also one without a suffix, and its content says whether it is. People may leave out more by name.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

// What of a folder is data, as the user says it. A pattern is one of the shell (* ? [a-z]; * matches / too). One
// without a slash is compared with the name of the file and of each folder above it, up to the folder that was
// given; one with a slash with the whole path below that folder.
struct DataRules {
  std::vector<std::string> exclude;  // files and folders that match one of these are left out
  std::vector<std::string> only;  // if there is one: files that match none of these, by themselves or by a folder
  std::string labels;             // a table (table_file.h) that names the class of each image; empty: folders do
  // The patterns are those of a run on this folder: a folder in it is compared with them as its part. Empty: they
  // were given for the folder that is read.
  std::filesystem::path run_data;
  bool operator==(const DataRules&) const = default;
};

// Why a file or folder of this name is none by the fixed rule: "hidden", "of the system ...", "documents (.dat)";
// empty if it may be one.
std::string why_not_data(const std::filesystem::path& name, bool is_folder);

// What patterns are compared with: the path of a file below the folder that was given, or below that of the run
// which has the patterns, if the given one lies in it.
class PatternPaths {
 public:
  PatternPaths(const std::filesystem::path& given, const DataRules& rules);
  std::filesystem::path of(const std::filesystem::path& file) const;  // `file` starts with `given` as it is written
  bool within_run() const { return within_run_; }

 private:
  std::filesystem::path given_, before_;
  bool within_run_ = false;
};

// Does the path, relative to the folder that was given, or a folder above it match one of the patterns?
bool matches_any(const std::filesystem::path& relative, const std::vector<std::string>& patterns);

std::string lower_ascii(std::string text);

}  // namespace graft
