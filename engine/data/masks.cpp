#include "engine/data/masks.h"

#include <regex>

#include "engine/data/file_rules.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr size_t kLongestName = 255;  // of a file in Linux; the matcher of the library recurses

// The part of a stem that says "mask": where it begins and ends. Nothing: begin == end.
struct Mark {
  size_t begin = 0, end = 0;
};

Mark find_mark(const fs::path& name) {
  static const std::regex kEnd(R"([-_ .](masks?|seg|segmentations?)([-_ ]?(\d+|\(\d+\)))?$)"),
      kBegin(R"(^masks?[-_ ])"), kAll(R"(^masks?$)");
  const std::string stem = lower_ascii(name.stem().native());
  if (stem.size() > kLongestName) return {};
  if (stem.size() > 2 && stem.ends_with("-d") && lower_ascii(name.extension().native()) == ".bmp")
    return {stem.size() - 2, stem.size()};
  std::smatch match;
  for (const std::regex* mark : {&kEnd, &kBegin, &kAll})
    if (std::regex_search(stem, match, *mark)) {
      const auto begin = static_cast<size_t>(match.position(0));
      if (mark == &kEnd && begin == 0) continue;  // "_mask.png": of nothing
      return {begin, begin + static_cast<size_t>(match.length(0))};
    }
  return {};
}

bool is_mask_folder(const fs::path& name) {
  const std::string lower = lower_ascii(name.native());
  for (const char* known : {"mask", "masks", "segmentation", "segmentations", "ground_truth", "groundtruth"})
    if (lower == known) return true;
  return false;
}

}  // namespace

bool is_mask_name(const fs::path& relative) {
  for (const fs::path& folder : relative.parent_path())
    if (is_mask_folder(folder)) return true;
  const Mark mark = find_mark(relative.filename());
  return mark.end > mark.begin;
}

std::string mask_stem(const fs::path& name) {
  std::string stem = name.stem().native();
  const Mark mark = find_mark(name.filename());
  return stem.erase(mark.begin, mark.end - mark.begin);
}

}  // namespace graft
