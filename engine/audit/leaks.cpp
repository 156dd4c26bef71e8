#include "engine/audit/leaks.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/printable.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

// Pairs of equal files in which the second differs from the first in what `part` returns for a split and a sample.
template <class Part>
Copies copies(const Dataset& data, const Part& part) {
  std::map<std::string, std::pair<const Sample*, int>> first;  // by digest: the sample and its split
  Copies found;
  int split = 0;
  for (const std::vector<Sample>* samples : {&data.train, &data.val, &data.test}) {
    for (const Sample& s : *samples) {
      require(!s.digest.empty(), "copies: {} was not looked at", s.path.string());
      const auto [other, in] = first.emplace(s.digest, std::pair(&s, split)).first->second;
      if (part(in, *other) != part(split, s)) found.emplace_back(other->path, s.path);
    }
    ++split;
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Copies copies_across_splits(const Dataset& data) {
  return copies(data, [](int split, const Sample&) { return split; });
}

Copies copies_across_classes(const Dataset& data) {
  return copies(data, [](int, const Sample& s) { return s.label; });
}

std::vector<std::string> groups_of(const std::vector<Sample>& samples, const fs::path& folder,
                                   const GroupBy& group_by, std::string* note) {
  std::vector<FileInData> files;
  for (const Sample& s : samples) files.push_back({s.path.lexically_relative(folder), s.below});
  std::vector<std::string> groups = group_by.groups_of(std::move(files), folder, note);
  if (const auto none = std::ranges::find(groups, ""); none != groups.end())
    fail(Fault::data, Advice{"check-groups"},
         "the rule for groups says nothing about {} of {} images, the first is {}{}; every image needs a group",
         std::ranges::count(groups, ""), groups.size(),
         printable(samples[none - groups.begin()].path.lexically_relative(folder)), group_by.example());
  return groups;
}

GroupOverlap group_overlap(const Dataset& data, const fs::path& folder, const GroupBy& group_by) {
  std::vector<Sample> all;
  std::vector<int> split_of;
  int split = 0;
  for (const std::vector<Sample>* samples : {&data.train, &data.val, &data.test}) {
    all.insert(all.end(), samples->begin(), samples->end());
    split_of.resize(all.size(), split++);
  }
  GroupOverlap overlap;
  const std::vector<std::string> groups = groups_of(all, folder, group_by, &overlap.note);
  std::map<std::string, std::set<int>> splits;
  for (size_t i = 0; i < groups.size(); ++i) splits[groups[i]].insert(split_of[i]);
  overlap.groups = static_cast<int>(splits.size());
  std::vector<std::string> names;
  for (const auto& [group, in] : splits) {
    names.push_back(group);
    if (in.size() > 1) overlap.shared.push_back(group);
  }
  overlap.doubt = doubt_groups(names);
  return overlap;
}

}  // namespace graft
