// Writes numpy files: .npy, version 1, little-endian float32.
#pragma once
#include <filesystem>
#include <span>

namespace graft {

// values [h,w]; an existing file is replaced. Throws Error (resources).
void write_npy(const std::filesystem::path& path, int h, int w, std::span<const float> values);

}  // namespace graft
