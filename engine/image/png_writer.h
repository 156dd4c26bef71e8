// Writes an image as an 8-bit RGB PNG, or encodes it as JPEG for pages with embedded images.
#pragma once
#include <filesystem>
#include <string>

#include "engine/image/image.h"

namespace graft {

// Replaces an existing file, completely or not at all. Throws Error(Fault::resources) if it cannot be written.
void write_png(const std::filesystem::path& path, const Image& image);

// quality: 1 to 100.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace graft
