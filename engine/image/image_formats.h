// Inside of decode_image: what a file is, and a decoder for each kind. Libraries decode (libjpeg-turbo, libspng,
// stb_image for BMP); what is here besides is the decision whether a picture is whole, and limits.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace graft {

using Bytes = std::span<const uint8_t>;

enum class ImageKind { jpeg, png, bmp, pnm, other };
struct Sniffed {
  ImageKind kind = ImageKind::other;
  std::string what;    // for other: "a GIF image", "a DICOM file", ...; empty if unknown
  std::string advice;  // what to do with it
};
Sniffed sniff(Bytes bytes);

// The whole file, or its first `most` bytes. Throws Error: it is not there, no regular file, or too large (data);
// the system does not let it be read (resources).
std::vector<uint8_t> read_image_file(const std::filesystem::path& path, const std::string& name,
                                     size_t most = std::numeric_limits<size_t>::max());

struct Extent {
  int w, h;
};
// Throws Error(Fault::data) if the sides are not in [1, kMaxImageSide] or there are too many pixels.
Extent checked_extent(int64_t w, int64_t h, const std::string& name);

// What becomes of samples of more than 8 bits.
struct DeepOptions {
  std::optional<Levels> levels;
  DeepValues* values = nullptr;  // counted into, if it is there
};

// Each throws Error(Fault::data) if the picture is not whole or not supported; what is odd otherwise is its note.
Image decode_jpeg(Bytes bytes, const std::string& name);
Image decode_png(Bytes bytes, const std::string& name, const DeepOptions& deep);
Image decode_bmp(Bytes bytes, const std::string& name);
Image decode_pnm(Bytes bytes, const std::string& name, const DeepOptions& deep);

int count_jpeg_scans(Bytes bytes);
int most_jpeg_scans(const Extent& extent);  // that a picture of this size may have

// Of a BMP that bmp.cpp has found whole.
Image decode_with_stb(Bytes bytes, Extent extent, const std::string& name);

// round(255 (v - low) / (high - low)), cut off at both ends.
inline uint8_t to_eight_bits(int v, const Levels& levels) {
  const int range = levels.high - levels.low, above = v - levels.low;
  if (above <= 0) return 0;
  return above >= range ? 255 : static_cast<uint8_t>((510 * above + range) / (2 * range));
}

// "one; another": appends to an image's note.
void add_note(Image& image, const std::string& note);

[[noreturn]] void fail_cut_off(const std::string& name, const char* kind);
[[noreturn]] void fail_damaged(const std::string& name, const char* kind, const std::string& why);
[[noreturn]] void fail_unsupported(const std::string& name, const std::string& what,
                                   const std::string& advice = "convert it to PNG or JPEG");

}  // namespace graft
