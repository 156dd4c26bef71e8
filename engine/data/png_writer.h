// Writes an image as an 8-bit RGB PNG.
#pragma once
#include <filesystem>

#include "engine/data/image.h"

namespace graft {

// Replaces the file if there is one: whole or not at all. Throws Error(Fault::resources) if it cannot be written.
void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace graft
