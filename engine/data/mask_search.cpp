#include "engine/data/mask_search.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/file_rules.h"
#include "engine/base/printable.h"
#include "engine/data/masks.h"
#include "engine/image/inspect.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Stems of the files of one place.
struct Stems {
  std::map<std::string, int> pictures;  // number of files that are not two-valued
  std::set<std::string> unmarked;       // of files whose names do not mark them as masks
  int files = 0, two_valued = 0;
};

// The majority has to be two-valued: a class of drawings with a mask-like name may hold a few by chance.
bool is_class_of_masks(const MaskCandidate& file, const Stems& stems) {
  return is_mask_class(file.class_name) && 2 * stems.two_valued > stems.files;
}

std::string stem_of(const MaskCandidate& file) { return lower_ascii(file.below.stem().native()); }

// Is there an image with the same stem, or with one that is a prefix of it: "1" for "1_lesion"?
bool has_picture(const Stems& stems, const std::string& stem) {
  for (size_t end = stem.size(); end > 0 && end != std::string::npos; end = stem.find_last_of("_-. (", end - 1))
    if (stems.pictures.contains(stem.substr(0, end))) return true;
  return false;
}

// A pattern that excludes this file and others of its kind: its folder, or what follows the stem of its image.
std::string pattern_of(const MaskCandidate& file, bool by_class) {
  if (by_class) return file.class_name;
  for (const fs::path& folder : file.below.parent_path())
    if (is_mask_name(folder / "x")) return folder.string();
  const std::string name = file.below.filename().string(), common = mask_stem(file.below);
  if (name.starts_with(common))
    return "*" + name.substr(common.size(), file.below.stem().string().size() - common.size()) + ".*";
  return name.substr(0, name.find(common)) + "*";
}

// Most of a sample of them.
bool are_two_valued(const std::vector<fs::path>& files) {
  constexpr size_t kSample = 20;
  const size_t taken = std::min(files.size(), kSample);
  size_t count = 0;
  for (size_t i = 0; i < taken; ++i) {
    const ImageFacts facts = inspect_image(files[i * files.size() / taken], InspectDepth::pixels);
    count += facts.error.empty() && facts.two_valued;
  }
  return 2 * count > taken;
}

}  // namespace

FoundMasks find_masks(std::span<const MaskCandidate> files) {
  std::map<int, Stems> places;
  for (const MaskCandidate& file : files) {
    Stems& stems = places[file.place];
    ++stems.files, stems.two_valued += file.two_valued;
    if (!file.two_valued) ++stems.pictures[stem_of(file)];
    if (!is_mask_name(file.below)) stems.unmarked.insert(stem_of(file));
  }
  FoundMasks found;
  std::set<std::string> patterns;
  bool all_by_name = true;
  for (size_t i = 0; i < files.size(); ++i) {
    const MaskCandidate& file = files[i];
    const Stems& stems = places[file.place];
    const bool by_name = is_mask_name(file.below) &&
                         (file.two_valued || stems.unmarked.contains(lower_ascii(mask_stem(file.below))));
    const bool by_class = !by_name && file.two_valued && is_class_of_masks(file, stems);
    if (!by_name && !by_class && !(file.two_valued && has_picture(stems, stem_of(file)))) continue;
    found.files.push_back(i);
    all_by_name &= by_name || by_class;
    if (by_name || by_class) patterns.insert(pattern_of(file, by_class));
  }
  constexpr size_t kPatterns = 5;  // more would not help
  if (all_by_name && patterns.size() <= kPatterns) found.patterns.assign(patterns.begin(), patterns.end());
  return found;
}

Note warn_of_masks(const std::vector<SplitFolder>& splits, const fs::path& data) {
  std::vector<MaskCandidate> files;
  std::vector<const fs::path*> paths;
  int place = 0;
  for (const SplitFolder& split : splits)
    for (const ClassFolder& c : split.classes) {
      const bool two_valued = is_mask_class(c.name) && are_two_valued(c.files);
      for (const fs::path& file : c.files) {
        files.push_back({file.lexically_relative(c.folder), place, two_valued, c.name});
        paths.push_back(&file);
      }
      ++place;
    }
  const FoundMasks masks = find_masks(files);
  if (masks.files.empty()) return {};
  return describe(masks, files.size(), printable(paths[masks.files[0]]->lexically_relative(data)));
}

Note describe(const FoundMasks& masks, size_t files, const std::string& first) {
  const std::string fact = fmt::format(
      "{} of {} files look like masks of other images, which reveal the answer to a network (the first: {})",
      masks.files.size(), files, first);
  if (masks.patterns.empty()) return {fact + "; move them elsewhere", Advice{"exclude-some"}};
  Advice exclude{"exclude-all"};
  for (const std::string& pattern : masks.patterns) exclude.values.push_back(printable(pattern));
  return {fact, exclude};
}

}  // namespace graft
