#include "engine/data/unlabelled.h"

#include <fmt/core.h>

#include <algorithm>

#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "engine/tables/similar_names.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

bool is_like_a_class(const std::string& name, const std::vector<std::string>& classes) {
  return std::ranges::any_of(classes, [&](const std::string& c) { return fold_name(c) == fold_name(name); });
}

}  // namespace

std::vector<std::string> classes_with_images(const SplitFolder& split) {
  std::vector<std::string> names;
  for (const ClassFolder& c : split.classes)
    if (!c.files.empty()) names.push_back(c.name);
  return names;
}

bool holds_classes(const ClassFolder& folder, const std::vector<std::string>& classes) {
  return std::ranges::any_of(folder.files, [&](const fs::path& file) {
    const fs::path below = file.lexically_relative(folder.folder).parent_path();
    return std::ranges::any_of(below,
                               [&](const fs::path& part) { return is_like_a_class(part.native(), classes); });
  });
}

std::string why_unlabelled(const SplitFolder& split, const std::vector<std::string>& classes) {
  const std::string name = printable(split.folder.filename());
  if (has_no_classes(split)) {
    const bool labels = std::ranges::find(split.ignored, kWithoutLabel, &Ignored::why) != split.ignored.end();
    return labels ? fmt::format("no image of {} has a label", name) : fmt::format("{} has no class folders", name);
  }
  constexpr int kNamed = 3;
  int folders = 0;
  std::string names;
  for (const ClassFolder& c : split.classes) {
    if (c.files.empty()) continue;
    if (c.folder == split.folder || is_like_a_class(c.name, classes) || holds_classes(c, classes)) return "";
    if (++folders <= kNamed) names += fmt::format("{}'{}'", folders > 1 ? ", " : "", printable(fs::path(c.name)));
  }
  if (folders == 0) return "";
  if (folders == 1) return fmt::format("{}: its only folder {} is none of the classes", name, names);
  return fmt::format("{}: none of its {} folders is a class ({}{})", name, folders, names,
                     folders > kNamed ? ", ..." : "");
}

}  // namespace graft
