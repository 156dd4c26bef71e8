// Probable mistakes found by a walk: data sets that were unpacked into themselves, patterns that match nothing.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "engine/data/walk.h"

namespace graft {

namespace fs = std::filesystem;

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
    inside.erase(c.name);  // b/b is a redundant level, not another class
    if (inside.empty()) continue;
    std::string list;
    for (const std::string& name : inside) list += (list.empty() ? "" : ", ") + printable(fs::path(name));
    found.push_back(fmt::format(
        "{}: the class '{}' holds folders that are called as other classes are ({}), and their {} images count as '{}'; "
        "move them out or remove them",
        printable(split.folder), printable(fs::path(c.name)), list, images, printable(fs::path(c.name))));
  }
  return found;
}

namespace {

// Checks both files that were taken and files that patterns left out.
std::vector<Note> idle_of(const DataRules& rules, const std::vector<fs::path>& taken,
                          const std::vector<fs::path>& excluded, const fs::path& root) {
  std::vector<Note> idle;
  const PatternPaths paths(root, rules);
  if (paths.within_run()) return idle;  // they have matched in this part of the run's folder or in another
  const auto look_for = [&](const Advice& whose, const std::string& pattern, const std::vector<fs::path>& files) {
    if (std::ranges::any_of(files, [&](const fs::path& file) { return matches_any(paths.of(file), {pattern}); }))
      return;
    const std::string name = printable(fs::path(pattern));
    idle.push_back({rules.run_data.empty()
                        ? fmt::format("the pattern {} matches no file; patterns are case-sensitive, "
                                      "and one with a slash is compared with the path below {}",
                                      name, printable(root))
                        : fmt::format("the run's pattern {} matches no file here", name),
                    whose});
  };
  for (const std::string& pattern : rules.exclude) look_for(Advice{"one-of-exclude"}, pattern, excluded);
  for (const std::string& pattern : rules.only) look_for(Advice{"one-of-only"}, pattern, taken);
  return idle;
}

void add_excluded(const std::vector<Ignored>& ignored, std::vector<fs::path>& excluded) {
  for (const Ignored& out : ignored)
    if (by_pattern(out)) excluded.push_back(out.path);
}

}  // namespace

std::vector<Note> idle_patterns(const DataRules& rules, const std::vector<SplitFolder>& splits,
                                const fs::path& root) {
  std::vector<fs::path> taken, excluded;
  for (const SplitFolder& split : splits) {
    for (const ClassFolder& c : split.classes) taken.insert(taken.end(), c.files.begin(), c.files.end());
    for (const Ignored& out : split.ignored)  // a pattern took these, though they have no label
      if (out.why == kWithoutLabel) taken.push_back(out.path);
    add_excluded(split.ignored, excluded);
  }
  return idle_of(rules, taken, excluded, root);
}

std::vector<Note> idle_patterns(const DataRules& rules, const FoundImages& found, const fs::path& root) {
  std::vector<fs::path> excluded;
  add_excluded(found.ignored, excluded);
  return idle_of(rules, found.files, excluded, root);
}

}  // namespace graft
