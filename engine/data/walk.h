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
  std::vector<LeftOut> unreadable;  // folders; why: what the system says
};

// folder/<class>/...
SplitFolder walk_split(const std::filesystem::path& folder);

// Those of DATA/train, val, valid, validation, test that are there; if none is, DATA itself as one split.
std::vector<SplitFolder> walk_data(const std::filesystem::path& data);

void require_readable(const SplitFolder& split);  // else Error(Fault::data) that names the first folder

// Folders of DATA that are called train, test or val in a spelling that nothing here knows (Training, Testing,
// Valid), where the real one is missing; a folder that links under the right name is there. Where DATA has no split
// at all, both one of train and one of another are wanted: "Train" alone may be a class.
struct MisnamedSplit {
  std::string folder, meant;                                               // "Training", "train"
  std::string command() const { return "ln -s " + folder + " " + meant; }  // for a shell in DATA
};
std::vector<MisnamedSplit> misnamed_splits(const std::filesystem::path& data);
void refuse_misnamed_splits(const std::filesystem::path& data);  // Error(Fault::data) with the commands

bool is_folder(const std::filesystem::path& path);
void require_folder(const std::filesystem::path& folder);  // else Error(Fault::data) with a hint
// Sorted by bytes; throws Error(Fault::data) if the folder cannot be read.
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder);
std::vector<std::filesystem::directory_entry> list_folder(const std::filesystem::path& folder,
                                                          std::vector<LeftOut>& unreadable);  // goes there instead
bool is_clutter(const std::string& file_name);  // hidden, or left by a file manager

}  // namespace graft
