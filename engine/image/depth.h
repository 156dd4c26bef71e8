// Images of more than 8 bits: do their values survive the conversion to 8? 12 bits in a 16-bit file come out as 0
// ... 15 of 255, nearly black, and only a lower accuracy reveals it. So the values are checked before training.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/note.h"
#include "engine/image/image.h"

namespace graft {

// What one image shows of its range.
struct Depth {
  Levels seen;            // the values that become 0 and 255
  int low = 0, high = 0;  // its smallest and largest value
  int body_low = 0,
      body_high = 0;                 // without a few values far from all others (padding, a burned-in marker)
  int values = 0, shades = 0;        // number of distinct values, and of shades of 256 that they become
  int darkest = 0, brightest = 255;  // the smallest and the largest of these shades
  bool wrapped = false;              // negative numbers were stored as unsigned, at the upper end
  double cut_off = 0;                // share of its samples outside of `seen`
  bool flat() const;                 // many values become few shades
};
Depth depth_of(const DeepValues& values, const std::optional<Levels>& levels);

// The images of more than 8 bits of one set, together.
struct DepthVerdict {
  std::vector<size_t> flat;  // little visible detail; all, if their common range is too small; and wrapped ones
  Advice mend;               // "deep-bits" 12 or "deep-range" 31000, 35200; none if no levels would help
  int wrapped = 0;           // images that no option fixes
  int cut_off = 0;           // images with values outside of the visible range
  double most_cut_off = 0;   // the largest share of the samples of one image
};
DepthVerdict judge(std::span<const Depth> depths);

// From --bits N (9 ... 16, 0: not given) or --range LOW,HIGH (empty: not given); nullopt if neither is given.
// Throws Error(Fault::usage) if the range is invalid.
std::optional<Levels> parse_levels(int bits, const std::string& range);

// "values of 0 to 4095"; says so if a few pixels lie far from all others.
std::string describe_values(int low, int high, int body_low, int body_high);
inline constexpr const char* kWrapped =
    "negative numbers were stored without a sign, so -1 became 65535: "
    "export them again with an offset that makes all positive";

// What to say about the files before training, in one line; empty if there is nothing.
// Decodes only files of more than 8 bits, and of these an evenly spread sample.
// trained: the levels are those of a model, which options can no longer change.
Note depth_warning(const std::vector<std::filesystem::path>& files, const std::optional<Levels>& levels,
                   bool trained = false);

}  // namespace graft
