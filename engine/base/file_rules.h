// The one rule for which files of a folder are images, shared by all commands. Hidden files, files left by file
// managers, documents and sidecars (labels, outlines, tables, archives) are not; any other file, even one without a
// suffix, is taken for an image, and its content decides. Users may exclude more by name.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

// The user's selection of the data in a folder. A pattern is a shell pattern (* ? [a-z]; * matches / too). One
// without a slash is compared with the name of the file and of each folder above it, up to the given folder; one
// with a slash with the whole path below that folder.
struct DataRules {
  std::vector<std::string> exclude;  // files and folders that match one of these are ignored
  std::vector<std::string> only;     // if not empty, files must match one of these, by themselves or by a folder
  std::string labels;  // a table (table_file.h) with the class of each image; empty: folders are classes
  // If not empty, the patterns are those of a run on this folder, and a folder inside it is matched as part of it.
  // Empty: they were given for the folder that is read.
  std::filesystem::path run_data;
  bool operator==(const DataRules&) const = default;
};

// Why the fixed rule ignores a file or folder of this name: "hidden", "of the system ...", "documents (.dat)";
// empty if it does not.
std::string why_not_data(const std::filesystem::path& name, bool is_folder);

// The path that patterns are compared with: that of a file below the given folder, or below the folder of the run
// that has the patterns, if the given one lies inside it.
class PatternPaths {
 public:
  PatternPaths(const std::filesystem::path& given, const DataRules& rules);
  std::filesystem::path of(
      const std::filesystem::path& file) const;  // `file` starts with `given`, spelled the same
  bool within_run() const { return within_run_; }

 private:
  std::filesystem::path given_, before_;
  bool within_run_ = false;
};

// Does the path, relative to the given folder, or a folder above it match one of the patterns?
bool matches_any(const std::filesystem::path& relative, const std::vector<std::string>& patterns);

std::string lower_ascii(std::string text);

}  // namespace graft
