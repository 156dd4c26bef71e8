// File names that a prefix or a suffix makes too long for a disk.
#pragma once
#include <cstddef>
#include <string>

namespace graft {

inline constexpr size_t kLongestFileName = 255;  // bytes, on the disks of Linux

// The name itself if it has at most `most` bytes; else cut, not within a character of UTF-8, and told apart from
// others by 8 digits of its SHA-256: "aaa~1f3870be". `most` is above 20.
std::string shortened(const std::string& name, size_t most);

// The same, with the suffix kept: "aaa~1f3870be.png".
std::string shortened_stem(const std::string& name, size_t most);

}  // namespace graft
