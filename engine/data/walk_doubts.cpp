// What a walk finds that is probably a mistake: splits under other names, sets that were unpacked into themselves,
// patterns that match nothing.
#include <algorithm>
#include <map>
#include <set>

#include "engine/data/printable.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

// As a word of a shell.
std::string quoted(const fs::path& path) {
  std::string word = "'";
  for (const char c : printable(path)) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

std::vector<std::string> nested_classes(const SplitFolder& split) {
  std::set<std::string> names;
  for (const ClassFolder& c : split.classes)
    if (!c.files.empty()) names.insert(lower_ascii(c.name));
  std::vector<std::string> found;
  for (const ClassFolder& c : split.classes) {
    if (c.folder == split.folder) continue;  // labels come from a list, not from folders
    std::set<std::string> inside;
    int images = 0;
    for (const fs::path& file : c.files) {
      bool nested = false;
      for (const fs::path& folder : file.lexically_relative(c.folder).parent_path())
        if (names.contains(lower_ascii(folder.native()))) inside.insert(folder.native()), nested = true;
      images += nested;
    }
    inside.erase(c.name);  // b/b is one folder too many, and no other class
    if (inside.empty()) continue;
    std::string list;
    for (const std::string& name : inside) list += (list.empty() ? "" : ", ") + printable(fs::path(name));
    found.push_back(fmt::format(
        "{}: the class '{}' holds folders that are called as other classes are ({}), and their {} images "
        "count as '{}'; move them out or remove them",
        printable(split.folder), printable(fs::path(c.name)), list, images, printable(fs::path(c.name))));
  }
  return found;
}

std::vector<std::string> idle_patterns(const DataRules& rules, const std::vector<SplitFolder>& splits,
                                       const fs::path& root) {
  std::vector<std::string> idle;
  const auto look_for = [&](const char* option, const std::string& pattern, const auto& any) {
    if (!std::ranges::any_of(splits, any))
      idle.push_back(
          fmt::format("{} {} matches no file; patterns are case-sensitive, and one with a slash is compared "
                      "with the path below {}",
                      option, printable(fs::path(pattern)), printable(root)));
  };
  const auto matches = [&](const fs::path& path, const std::string& pattern) {
    return matches_any(path.lexically_relative(root), {pattern});
  };
  for (const std::string& pattern : rules.exclude)
    look_for("--exclude", pattern, [&](const SplitFolder& split) {
      return std::ranges::any_of(split.left_out,
                                 [&](const LeftOut& out) { return by_pattern(out) && matches(out.path, pattern); });
    });
  for (const std::string& pattern : rules.only)
    look_for("--only", pattern, [&](const SplitFolder& split) {
      return std::ranges::any_of(split.classes, [&](const ClassFolder& c) {
        return std::ranges::any_of(c.files, [&](const fs::path& file) { return matches(file, pattern); });
      });
    });
  return idle;
}

std::vector<MisnamedSplit> misnamed_splits(const fs::path& data) {
  static const std::map<std::string, std::string> kMeant = {
      {"train", "train"}, {"training", "train"}, {"test", "test"},     {"testing", "test"},
      {"val", "val"},     {"valid", "val"},      {"validation", "val"}};
  std::set<std::string> there, meant;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (is_folder(data / name)) there.insert(kMeant.at(name));
  std::vector<MisnamedSplit> found;
  std::vector<LeftOut> unreadable;  // what has no names, has no wrong ones
  for (const fs::directory_entry& entry : list_folder(data, unreadable)) {
    const std::string name = entry.path().filename().native();
    const auto real = kMeant.find(lower_ascii(name));
    if (real == kMeant.end() || there.contains(real->second) || !is_folder(entry.path())) continue;
    found.push_back({name, real->second});
    meant.insert(real->second);
  }
  if (there.empty() && (!meant.contains("train") || meant.size() == 1)) found.clear();
  return found;
}

std::string MisnamedSplit::command(const fs::path& data) const {
  if (can_change(data)) return "ln -s " + folder + " " + meant;
  return fmt::format("ln -s {} NEW/{}", quoted(fs::absolute(data).lexically_normal() / folder), meant);
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
