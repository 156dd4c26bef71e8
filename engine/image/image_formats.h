// Internals of decode_image: format detection, and the table of decoders, one per format. Libraries decode
// (libjpeg-turbo, libspng, stb_image for BMP); the code here decides whether an image is complete, and sets limits.
#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/image.h"

namespace graft {

using Bytes = std::span<const uint8_t>;

// Does the file have these bytes at this offset?
inline bool has_at(Bytes bytes, size_t offset, std::string_view magic) {
  return bytes.size() >= offset && bytes.size() - offset >= magic.size() &&
         std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// What a header says besides the size: reported by an audit, dropped by decoding.
struct ImageHeader {
  std::string mode;     // "gray", "gray+alpha", "RGB", "RGBA", "palette", "CMYK"; empty if the header is too short
  int bits = 8;         // per sample
  int orientation = 1;  // EXIF, 1 ... 8; 1 is upright, or not given
};

// A supported image format: a row of kDecoders in decoders.cpp, which all code that needs the formats walks.
struct Decoder {
  const char* name;              // "JPEG", for people
  std::string_view suffixes;     // usual suffixes, in lower case: " .jpg .jpeg "
  bool lossy;                    // does its compression change pixels?
  int max_bits;                  // per sample; more than 8: it uses DecodeOptions
  bool (*recognises)(Bytes);     // by its first bytes
  ImageHeader (*header)(Bytes);  // of any bytes, including damaged and truncated ones; never throws
  // Throws Error(Fault::data) if the image is incomplete or unsupported; other oddities go into its note. `name`
  // stands for the file in messages. The pixels are as stored: decode_image applies EXIF.
  Image (*decode)(Bytes, const std::string& name, const DecodeOptions&);
};
std::span<const Decoder> decoders();

struct Sniffed {
  const Decoder* decoder = nullptr;  // null: not a supported format
  std::string what;                  // then: "a GIF image", "a DICOM file", ...; empty if unknown
  std::string advice;                // what to do with it
};
Sniffed sniff(Bytes bytes);

// The whole file, or its first `most` bytes. Throws Error: it does not exist, is not a regular file, or is too
// large (data); the system refuses to read it (resources).
std::vector<uint8_t> read_image_file(const std::filesystem::path& path, const std::string& name,
                                     size_t most = std::numeric_limits<size_t>::max());

struct Extent {
  int w, h;
};
// Throws Error(Fault::data) if the sides are not in [1, kMaxImageSide] or there are too many pixels.
Extent checked_extent(int64_t w, int64_t h, const std::string& name);

int count_jpeg_scans(Bytes bytes);
int most_jpeg_scans(const Extent& extent);  // the limit for an image of this size

// For a BMP that bmp.cpp has found complete.
Image decode_with_stb(Bytes bytes, Extent extent, const std::string& name);

// round(255 (v - low) / (high - low)), clipped at both ends.
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
