// images.csv of a run: the images it started with and their digests. A
// fingerprint shows that a data set has changed, the list shows how.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/run/image_names.h"

namespace graft {

// The images of one split; they must have digests.
struct ListedSplit {
  std::string name;  // "train"
  std::span<const Sample> samples;
};

bool has_image_list(const std::filesystem::path& run);

void write_image_list(const std::filesystem::path& run, const ImageNames& names,
                      const std::vector<std::string>& classes, const std::vector<ListedSplit>& splits);

// Describes how a split differs from the list of the run: "1 is missing (train/a/1.png),
// 2 have other contents (the first: train/a/2.png)". Empty if it does not, if the run
// has no list, or if these are test images and the run started without any.
std::string difference_to_list(const std::filesystem::path& run, const ImageNames& names,
                               const std::vector<std::string>& classes, const ListedSplit& split);

// Throws Error (data): the split is not the one that the run started with; the message says how it differs.
[[noreturn]] void fail_of_other_images(const std::filesystem::path& run, const ImageNames& names,
                                       const std::vector<std::string>& classes, const ListedSplit& split);

}  // namespace graft
