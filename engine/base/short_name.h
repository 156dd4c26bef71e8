// Shortens file names that a prefix or a suffix makes too long for the file system.
#pragma once
#include <cstddef>
#include <string>

namespace graft {

inline constexpr size_t kLongestFileName = 255;  // bytes, on Linux file systems

// The name itself if it has at most `most` bytes; else cut, not inside a UTF-8 character, and made unique by 8
// digits of its SHA-256: "aaa~1f3870be". `most` must be above 20.
std::string shortened(const std::string& name, size_t most);

// The same, with the suffix kept: "aaa~1f3870be.png".
std::string shortened_stem(const std::string& name, size_t most);

}  // namespace graft
