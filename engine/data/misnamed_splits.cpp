// Splits under unsupported names, as in data sets from the web:
// Training and Testing, training_set and test_set, seg_train/seg_train.
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/base/printable.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::string> kMeant = {{"train", "train"},   {"training", "train"}, {"test", "test"},
                                                   {"testing", "test"},  {"val", "val"},        {"valid", "val"},
                                                   {"validation", "val"}};

// The split that one word of the name means, as in "seg_train",
// "test-set", "Validation data"; empty if there is none, or two.
std::string meant_by_a_word(const std::string& name) {
  std::string meant, word;
  for (const char c : lower_ascii(name) + "_") {
    if (c != '_' && c != '-' && c != '.' && c != ' ') {
      word += c;
      continue;
    }
    if (const auto found = kMeant.find(word); found != kMeant.end()) {
      if (!meant.empty() && meant != found->second) return "";
      meant = found->second;
    }
    word.clear();
  }
  return meant;
}

struct Named {
  MisnamedSplit split;
  std::set<std::string> classes;  // its folders
};

std::set<std::string> folders_in(const fs::path& folder) {
  std::set<std::string> names;
  if (::access(folder.c_str(), R_OK) != 0) return names;  // unreadable: no names to judge
  for (const fs::directory_entry& entry : list_folder(folder)) {
    const std::string name = entry.path().filename().native();
    if (is_folder(entry.path()) && why_not_data(name, true).empty()) names.insert(name);
  }
  return names;
}

// seg_train/seg_train/<class>: a single folder inside one of the same meaning is a redundant level.
Named descend(const fs::path& data, std::string folder, const std::string& meant) {
  std::set<std::string> inside = folders_in(data / folder);
  if (inside.size() == 1 && meant_by_a_word(*inside.begin()) == meant) {
    folder += "/" + *inside.begin();
    inside = folders_in(data / folder);
  }
  return {{folder, meant}, std::move(inside)};
}

// Two or more folders, of which one may lack some?
bool same_classes(const std::set<std::string>& a, const std::set<std::string>& b) {
  const auto& [few, many] = a.size() < b.size() ? std::tie(a, b) : std::tie(b, a);
  return few.size() > 1 && std::ranges::includes(many, few);
}

// Folders with a word in their name that means a split. That alone may be a class (a train station): another split
// has to hold the same classes.
std::vector<MisnamedSplit> splits_by_a_word(const fs::path& data, const std::set<std::string>& known) {
  std::vector<Named> candidates, others;
  std::map<std::string, int> of_meaning;
  for (const std::string& name : folders_in(data)) {
    const std::string lower = lower_ascii(name), meant = meant_by_a_word(name);
    if (meant.empty()) continue;
    const bool word_alone = kMeant.contains(lower);
    if (word_alone || known.contains(meant))
      others.push_back({{name, meant}, folders_in(data / name)});
    else
      candidates.push_back(descend(data, name, meant)), ++of_meaning[meant];
  }
  std::vector<MisnamedSplit> found;
  for (const Named& c : candidates) {
    const auto fits = [&](const Named& other) {
      return other.split.meant != c.split.meant && same_classes(c.classes, other.classes);
    };
    if (of_meaning[c.split.meant] == 1 &&
        (std::ranges::any_of(candidates, fits) || std::ranges::any_of(others, fits)))
      found.push_back(c.split);
  }
  return found;
}

}  // namespace

std::vector<MisnamedSplit> misnamed_splits(const fs::path& data) {
  std::set<std::string> there, meant;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (is_folder(data / name)) there.insert(kMeant.at(name));
  std::vector<MisnamedSplit> found;
  for (const std::string& name : folders_in(data)) {
    const auto real = kMeant.find(lower_ascii(name));
    if (real == kMeant.end() || there.contains(real->second)) continue;
    found.push_back({name, real->second});
    meant.insert(real->second);
  }
  const std::vector<MisnamedSplit> by_word = [&] {
    std::set<std::string> known = there;
    known.insert(meant.begin(), meant.end());
    return splits_by_a_word(data, known);
  }();
  for (const MisnamedSplit& split : by_word) meant.insert(split.meant);
  if (there.empty() && (!meant.contains("train") || meant.size() == 1)) found.clear();
  found.insert(found.end(), by_word.begin(), by_word.end());
  return found;
}

std::string MisnamedSplit::command(const fs::path& data) const {
  if (can_change(data)) return "ln -s " + shell_word(folder) + " " + meant;
  return fmt::format("ln -s {} NEW/{}", shell_word(fs::absolute(data).lexically_normal() / folder), meant);
}

void refuse_misnamed_splits(const fs::path& data) {
  const bool here = can_change(data);
  std::string folders, commands = here ? "" : "mkdir NEW";
  const auto add = [&](const MisnamedSplit& split) {
    commands += (commands.empty() ? "" : " && ") + split.command(data);
  };
  for (const MisnamedSplit& split : misnamed_splits(data)) {
    folders += (folders.empty() ? "" : ", ") + split.folder;
    add(split);
  }
  if (folders.empty()) return;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (!here && is_folder(data / name)) add({name, name});
  fail(Fault::data, "{}: has splits under names that are not train, val or test: {}; {}: {}", printable(data),
       folders,
       here ? "rename them, or link them in that folder"
            : "that folder cannot be written, so link them in another one, and give that",
       commands);
}

}  // namespace graft
