// A folder of images as a data set: DATA/train/<class>/..., DATA/test/<class>/..., and DATA/val/... (or valid,
// validation). Classes are the folders of train that hold images, sorted by the bytes of their names; inside a
// class every folder is searched, sorted by path, and flattened. With labels in a table (labels.h) no class folders
// are needed. Files that are not images by file_rules.h are left out and noted.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_rules.h"
#include "engine/base/note.h"

namespace graft {

struct Sample {
  std::filesystem::path path;
  int label;                    // index into Dataset::classes
  std::filesystem::path below;  // the path below the class folder
  std::string digest;           // SHA-256 of the file, set by a survey
};

struct Dataset {
  std::vector<std::string> classes;
  std::vector<Sample> train, val, test;  // val and test are optional and may be empty
  std::vector<Note> notes;               // one sentence each: what was left out or is missing; for people
  std::vector<Note> warnings;            // one sentence each: probable mistakes
};

// Throws Error(Fault::data) with a hint: no such folder, no train folder, fewer than two classes
// with images, a class of val or test that train lacks, two validation folders, a folder that
// cannot be read, splits under other names (Training, Testing), a class folder of train whose
// files are all documents. An empty class folder of train is not a class; it is noted. A folder
// of val or test whose images have no class (unlabelled.h) is noted, and stays empty.
Dataset scan_dataset(const std::filesystem::path& data, const DataRules& rules = {});

// One split with known classes (those of a trained model): labels are mapped by name. A class without images is
// noted, an unknown one is an error. `root`: the folder that the user gave; patterns are relative to it.
std::vector<Sample> scan_split(const std::filesystem::path& folder, const std::filesystem::path& root,
                               const std::vector<std::string>& classes, const DataRules& rules,
                               std::vector<Note>& notes, std::vector<Note>& warnings);

// The folder of a split: "train", "test" or "val" (which matches val, valid and validation).
std::optional<std::filesystem::path> find_split(const std::filesystem::path& data, std::string_view split);

// Number of samples of each class.
std::vector<int> count_labels(const std::vector<Sample>& samples, size_t classes);

}  // namespace graft
