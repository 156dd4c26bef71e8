// Divides a folder of images into parts (train, val, test, or k folds) such that a group (a patient, or copies of
// one image) stays together and every class has its share of every part. Only plans; writes nothing.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"
#include "engine/base/note.h"

namespace graft {

// The part of each image. label[i] and group[i] are numbers from 0; shares are positive and add up to 1. Groups are
// placed largest first, in random order within a size, each where the counts of its classes come closest to the
// shares. Without groups, every class comes within one image of its share.
std::vector<int> assign_parts(std::span<const int> label, std::span<const int> group,
                              std::span<const double> shares, uint64_t seed);

struct PlannedImage {
  std::filesystem::path source;           // as on disk
  std::filesystem::path name;             // below the class folder of the new set; unique within a class
  std::string relative;                   // of the source, to DATA
  std::string class_name, group, digest;  // group: without --group-by the first of its copies; SHA-256 of the file
  int part = 0;
};

struct SplitPlan {
  std::vector<PlannedImage> images;  // sorted by class and path
  std::vector<std::string> classes;
  int groups = 0, copies = 0;  // copies: images equal to an earlier file
  bool was_split = false;      // DATA had train, val or test folders, which are pooled
  std::vector<Note> notes, warnings;
};

// Throws Error: data for a folder without images, an image without a group, a file that cannot be read. done(n, of)
// reports how many images have been read.
SplitPlan plan_split(
    const std::filesystem::path& data, const DataRules& rules, const std::string& group_by,
    std::span<const double> shares, uint64_t seed,
    const std::function<void(int64_t done, int64_t of)>& done = [](int64_t, int64_t) {});

// Groups with images in more than one of the parts; `part_of` gives the part of an image.
int shared_groups(const std::vector<PlannedImage>& images, std::span<const int> part_of);

}  // namespace graft
