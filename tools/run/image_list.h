// images.csv of a run: which images it started with, to the byte. A fingerprint tells that a folder is another one;
// the list tells what differs.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/run/image_names.h"

namespace graft {

// The images of one split of DATA, with their digests.
struct ListedSplit {
  std::string name;  // "train"
  std::span<const Sample> samples;
};

bool has_image_list(const std::filesystem::path& run);

void write_image_list(const std::filesystem::path& run, const ImageNames& names,
                      const std::vector<std::string>& classes, const std::vector<ListedSplit>& splits);

// "1 is missing (train/a/1.png), 2 have other contents (the first: train/a/2.png)": how a split differs from the
// list of the run. Empty: it does not, or the run has no list, or these are test images and it started without any.
std::string difference_to_list(const std::filesystem::path& run, const ImageNames& names,
                               const std::vector<std::string>& classes, const ListedSplit& split);

// That a split is not the one that the run started with, with what differs: Error (data).
[[noreturn]] void fail_of_other_images(const std::filesystem::path& run, const ImageNames& names,
                                       const std::vector<std::string>& classes, const ListedSplit& split);

}  // namespace graft
