// Masks among the images of a class. A network that trains on them learns the answer: a mask shows the outline that
// a person drew, and an all black one means "normal".
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
  bool two_valued = false;      // see ImageFacts; false if the file was not decoded
  std::string class_name = {};
};

struct FoundMasks {
  std::vector<size_t> files;          // indices of the probable masks
  std::vector<std::string> patterns;  // for --exclude: "*_mask.*", "masks"; empty if no patterns cover them all
};

// A file is probably a mask if its name or folder says so (masks.h) and it is two-valued or its image is present;
// or if it is two-valued and another file that is not has the same stem, or the first part of it. All two-valued
// files of a class are masks if its name says so (masks, x_mask) and they are the majority of its files.
FoundMasks find_masks(std::span<const MaskCandidate> files);

// For splits whose images are not decoded: judges by names, and classes with mask-like names by a sample of their
// images. Empty, or what describe() says; paths are relative to `data`.
Note warn_of_masks(const std::vector<SplitFolder>& splits, const std::filesystem::path& data);

// How many of how many, the first one, and how to exclude them. `path`: that of the first.
Note describe(const FoundMasks& masks, size_t files, const std::string& first);

}  // namespace graft
