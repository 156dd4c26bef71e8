// Which files of a folder count as images, and which do not and why. The rules are those of dataset.h; here nothing
// is judged, so that a check can list everything that is wrong at once.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct LeftOut {
  std::filesystem::path path;
  std::string why;  // "hidden", ...
};

struct ClassFolder {
  std::string name;
  std::vector<std::filesystem::path> files;  // sorted
};

struct SplitFolder {
  std::filesystem::path folder;
  std::vector<ClassFolder> classes;  // sorted by name; also those without files
  std::vector<LeftOut> left_out;
};

// folder/<class>/...; throws Error(Fault::data) if a folder cannot be read.
SplitFolder walk_split(const std::filesystem::path& folder);

// Those of DATA/train, val, valid, validation, test that are there; if none is, DATA itself as one split.
std::vector<SplitFolder> walk_data(const std::filesystem::path& data);

bool is_folder(const std::filesystem::path& path);
void require_folder(const std::filesystem::path& folder);  // else Error(Fault::data) with a hint
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder);  // sorted by bytes
bool is_clutter(const std::string& file_name);  // hidden, or left by a file manager

}  // namespace graft
