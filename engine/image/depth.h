// Pictures of more than 8 bits: do their values survive the way to 8? 12 bits in a 16-bit file come out as 0 ... 15
// of 255, nearly black, and nothing but a lower accuracy shows it. So the values are looked at before anything
// trains.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace graft {

// What one picture makes of its range.
struct Depth {
  Levels seen;            // the values that become 0 and 255
  int low = 0, high = 0;  // its smallest and largest value
  int body_low = 0,
      body_high = 0;           // without a few values far from all others (padding, a marker that was burned in)
  int values = 0, shades = 0;  // how many different values it has, and how many of 256 shades they become
  int darkest = 0, brightest = 255;  // the least and the largest of these shades
  bool wrapped = false;              // negative numbers were stored without a sign, and stand at the upper end
  double cut_off = 0;                // share of its samples outside of `seen`
  bool flat() const;                 // many values become few shades
};
Depth depth_of(const DeepValues& values, const std::optional<Levels>& levels);

// Of the pictures of more than 8 bits of one set, together.
struct DepthVerdict {
  std::vector<size_t>
      flat;          // those of which little is seen; all, if their common range is too small; and wrapped ones
  std::string mend;  // "--bits 12", "--range 31000,35200"; empty if no option would do
  int wrapped = 0;   // pictures that no option mends
  int cut_off = 0;   // pictures with values outside of what is seen
  double most_cut_off = 0;  // the largest share of the samples of one
};
DepthVerdict judge(std::span<const Depth> depths);

// From --bits N (9 ... 16, 0: not given) or --range LOW,HIGH (empty: not given); nothing if neither is given.
// Throws Error(Fault::usage) if the range is none.
std::optional<Levels> parse_levels(int bits, const std::string& range);

// "values of 0 to 4095", also where few pixels lie far from all others, which is said then.
std::string describe_values(int low, int high, int body_low, int body_high);
inline constexpr const char* kWrapped =
    "negative numbers were stored without a sign, and -1 became 65535: export them again with an offset that makes "
    "all positive";

// What to say of the files before they are trained on, in one line; empty if there is nothing. Decodes only files
// of more than 8 bits, and of these a sample that is spread evenly. trained: the levels are those of a model, which
// no option changes any more.
std::string depth_warning(const std::vector<std::filesystem::path>& files, const std::optional<Levels>& levels,
                          bool trained = false);

}  // namespace graft
