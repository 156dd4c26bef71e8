// A folder of images as a data set: DATA/train/<class>/..., DATA/test/<class>/..., and DATA/val/... (or valid,
// validation). Classes are the folders of train that hold images, sorted by the bytes of their names; inside a
// class every folder is searched, sorted by path, and flattened. With labels in a table (labels.h) no class folders
// are needed. What is no image by file_rules.h is left out and noted.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_rules.h"

namespace graft {

struct Sample {
  std::filesystem::path path;
  int label;                    // index into Dataset::classes
  std::filesystem::path below;  // the path below the class folder
  std::string digest;           // SHA-256 of the file, once a survey has read it
};

struct Dataset {
  std::vector<std::string> classes;
  std::vector<Sample> train, val, test;  // val and test may be empty: DATA need not have them
  std::vector<std::string> notes;        // one sentence each: what was left out, what is missing; for people
  std::vector<std::string> warnings;     // one sentence each: what is probably a mistake
};

// Throws Error(Fault::data) with a hint: no such folder, no train folder, fewer than two classes with images, a
// class of val or test that train lacks, two validation folders, a folder that cannot be read, splits under names
// that are not these (Training, Testing), a class folder of train whose files are all documents. An empty class
// folder of train is no class; it is noted. A folder of val or test whose images have no class
// (unlabelled.h) is told, and stays empty.
Dataset scan_dataset(const std::filesystem::path& data, const DataRules& rules = {});

// One split whose classes are known (those of a trained model): labels are mapped by name. A class without images
// is noted, an unknown one is an error. `root`: the folder that the user gave, which patterns start from.
std::vector<Sample> scan_split(const std::filesystem::path& folder, const std::filesystem::path& root,
                               const std::vector<std::string>& classes, const DataRules& rules,
                               std::vector<std::string>& notes, std::vector<std::string>& warnings);

// The folder of a split: "train", "test" or "val" (which is any one of val, valid, validation).
std::optional<std::filesystem::path> find_split(const std::filesystem::path& data, std::string_view split);

// Number of samples of each class.
std::vector<int> count_labels(const std::vector<Sample>& samples, size_t classes);

}  // namespace graft
