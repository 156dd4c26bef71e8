// Masks that lie among the images of a class. A network that learns from them learns the answer: a mask shows the
// outline that a person drew, and an all black one says "normal".
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/data/walk.h"

namespace graft {

struct MaskCandidate {
  std::filesystem::path below;  // relative to the class folder
  int place = 0;                // files of one place (a class of a split) are compared with each other
  bool two_valued = false;      // ImageFacts; of a file that was not decoded: false
  std::string class_name = {};
};

struct FoundMasks {
  std::vector<size_t> files;          // indices of those that are probably masks
  std::vector<std::string> patterns;  // for --exclude: "*_mask.*", "masks"; empty if no pattern says them all
};

// A file is probably a mask if its name or folder says so (masks.h) and it is two-valued or the picture that it
// belongs to is there; or if it is two-valued and another file that is not has the same stem, or the first part of
// it. All two-valued files of a class are if its name says so (masks, x_mask) and they are most of its files.
FoundMasks find_masks(std::span<const MaskCandidate> files);

// Of splits whose pictures nobody has decoded: by names, and of classes that are called as masks are by a sample of
// their pictures. Empty, or what describe() says; paths are relative to `data`.
std::string warn_of_masks(const std::vector<SplitFolder>& splits, const std::filesystem::path& data);

// One sentence: how many of how many, the first one, and how to leave them out. `path` of the first.
std::string describe(const FoundMasks& masks, size_t files, const std::string& first);

}  // namespace graft
