// The part of a check that training can afford: images of validation or test that training has seen, found without
// decoding anything.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/groups.h"

namespace graft {

// Each image of a later split (train, val, test) whose file equals one of an earlier split: first that one, then
// it. Files are compared by size, then by their last 4 KB, then whole. Files that cannot be read are passed over.
std::vector<std::pair<std::filesystem::path, std::filesystem::path>> copies_across_splits(const Dataset& data);

// The group of each sample. `folder` is what the rule's paths are relative to, and `above` how many folders of such
// a path lie above what it says within a class: 2 in DATA (split, class), 1 in a folder of classes. Throws
// Error(Fault::data) if an image has no group.
std::vector<std::string> groups_of(const std::vector<Sample>& samples, const std::filesystem::path& folder,
                                   int above, const GroupBy& group_by);

struct GroupOverlap {
  int groups = 0;
  std::vector<std::string> shared;  // groups with images in two splits
};
// `folder` is DATA. Throws Error(Fault::data) if an image has no group.
GroupOverlap group_overlap(const Dataset& data, const std::filesystem::path& folder, const GroupBy& group_by);

}  // namespace graft
