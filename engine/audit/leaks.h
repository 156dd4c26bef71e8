// The part of an audit that is cheap enough for training: validation or test images that occur in training, images
// under two labels, patients in two splits. Copies are found by the digests of a survey.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/tables/groups.h"

namespace graft {

using Copies = std::vector<std::pair<std::filesystem::path, std::filesystem::path>>;  // sorted

// Each image of a later split (train, val, test) whose file equals one of an earlier split, as (earlier, later).
Copies copies_across_splits(const Dataset& data);

// Each image whose file equals an earlier one with another label, as (earlier, later).
Copies copies_across_classes(const Dataset& data);

// The group of each sample; `folder` is what the rule's paths are relative to. Throws Error(Fault::data) if an
// image has no group.
std::vector<std::string> groups_of(const std::vector<Sample>& samples, const std::filesystem::path& folder,
                                   const GroupBy& group_by, std::string* note = nullptr);

struct GroupOverlap {
  int groups = 0;
  std::vector<std::string> shared;  // groups with images in two splits
  std::string doubt;                // see doubt_groups()
  std::string note;                 // see NameTable::Matched
};
// `folder` is DATA. Throws Error(Fault::data) if an image has no group.
GroupOverlap group_overlap(const Dataset& data, const std::filesystem::path& folder, const GroupBy& group_by);

}  // namespace graft
