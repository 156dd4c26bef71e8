#include "engine/data/masks.h"

#include <tuple>
#include <utility>

#include "engine/base/file_rules.h"
#include "engine/tables/expression.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Where the part of a stem that says "mask" begins and ends. None: begin == end.
struct Mark {
  size_t begin = 0, end = 0;
};

Mark find_mark(const fs::path& name) {
  static const Expression kEnd(R"([-_ .](masks?|seg|segmentations?)([-_ ]?(\d+|\(\d+\)))?$)"),
      kBegin(R"(^masks?[-_ ])"), kAll(R"(^masks?$)");
  const std::string stem = lower_ascii(name.stem().native());
  if (stem.size() > 2 && stem.ends_with("-d") && lower_ascii(name.extension().native()) == ".bmp")
    return {stem.size() - 2, stem.size()};
  for (const Expression* mark : {&kEnd, &kBegin, &kAll})
    if (const auto match = mark->search(stem)) {
      if (mark == &kEnd && match->begin == 0) continue;  // "_mask.png": no image name is left
      return {match->begin, match->begin + match->length};
    }
  return {};
}

bool is_mask_folder(const fs::path& name) {
  const std::string lower = lower_ascii(name.native());
  for (const char* known : {"mask", "masks", "segmentation", "segmentations", "ground_truth", "groundtruth"})
    if (lower == known) return true;
  return false;
}

// The folder without parts that only describe the contents: a/images and a/masks are the same.
fs::path without_kind(const fs::path& folder) {
  fs::path rest;
  for (const fs::path& part : folder)
    if (const std::string lower = lower_ascii(part.native());
        !is_mask_folder(part) && lower != "images" && lower != "image" && lower != "img" && lower != "imgs")
      rest /= part;
  return rest;
}

}  // namespace

bool is_mask_name(const fs::path& relative) {
  for (const fs::path& folder : relative.parent_path())
    if (is_mask_folder(folder)) return true;
  const Mark mark = find_mark(relative.filename());
  return mark.end > mark.begin;
}

bool is_mask_class(const std::string& name) {
  const Mark mark = find_mark(name + ".x");  // a folder has no suffix to lose
  return is_mask_folder(name) || mark.end > mark.begin;
}

std::string mask_stem(const fs::path& name) {
  std::string stem = name.stem().native();
  const Mark mark = find_mark(name.filename());
  return stem.erase(mark.begin, mark.end - mark.begin);
}

MaskFinder::MaskFinder(const std::vector<fs::path>& files, const fs::path& folder, bool with_images) {
  for (const fs::path& file : files) {
    const fs::path relative = file.lexically_relative(folder);
    const bool by_name = is_mask_name(relative);
    if (with_images && !by_name) continue;
    const std::string plain = relative.stem().native(), stem = mask_stem(relative);
    by_stem_[lower_ascii(stem)].push_back({file, relative, stem, by_name});
    if (stem != plain && !with_images) by_stem_[lower_ascii(plain)].push_back({file, relative, plain, false});
  }
}

std::vector<fs::path> MaskFinder::masks_of(const fs::path& image) const {
  const auto found = by_stem_.find(lower_ascii(image.stem().native()));
  if (found == by_stem_.end()) return {};
  const fs::path folder = image.parent_path();
  // In the image's folder, in one beside or below it (images/, masks/), or in a common one; else it belongs to
  // another image.
  const auto nearness = [&](const Mask& mask) {
    const fs::path of_mask = mask.relative.parent_path();
    if (of_mask == folder) return 3;
    if (without_kind(of_mask) == without_kind(folder)) return 2;
    return of_mask.empty() || folder.empty() ? 1 : 0;
  };
  const auto rank_of = [&](const Mask& mask) {
    return std::tuple(nearness(mask), mask.by_name, mask.stem == image.stem().native());
  };
  std::vector<const Mask*> best;
  for (const Mask& mask : found->second) {
    const auto rank = rank_of(mask);
    const auto so_far = best.empty() ? std::tuple(1, false, false) : rank_of(*best[0]);
    if (rank > so_far) best.clear();
    if (rank >= so_far) best.push_back(&mask);
  }
  std::vector<fs::path> files;
  for (const Mask* mask : best) {
    if (mask->relative.parent_path() != best[0]->relative.parent_path()) return {};
    files.push_back(mask->file);
  }
  return files;
}

}  // namespace graft
