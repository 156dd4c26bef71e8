// Images as the rest of the program sees them: 8-bit RGB, rows from the top. Reading turns JPEG, PNG, BMP and PNM
// files of every colour kind into that; docs/IMAGES.md has the table of conversions. EXIF orientation is not
// applied, as in Keras and torchvision.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace graft {

struct Image {
  int w = 0, h = 0;
  std::vector<uint8_t> rgb;  // [h, w, 3]
};

constexpr int64_t kMaxImagePixels = int64_t{1} << 26;     // 64 megapixels
constexpr int kMaxImageSide = 65535;                      // what JPEG can say
constexpr int64_t kMaxImageFileBytes = int64_t{1} << 28;  // 256 MB

// The kind is found by content, not by suffix. Throws Error(Fault::data) that names the file, what it is and what
// to do: missing, not a regular file, unreadable, empty, not an image, an image kind that is not read, damaged, cut
// off, too large. Sizes are checked before memory is allocated for them. Safe to call from several threads.
Image decode_image(const std::filesystem::path& path);

// The same for bytes in memory; `name` stands for the file in messages.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace graft
