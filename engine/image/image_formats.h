// Inside of decode_image: what a file is, and the table of decoders, one for each kind. Libraries decode
// (libjpeg-turbo, libspng, stb_image for BMP); what is here besides is the decision whether a picture is whole, and
// limits.
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

// Do these bytes stand at this place of the file?
inline bool has_at(Bytes bytes, size_t offset, std::string_view magic) {
  return bytes.size() >= offset && bytes.size() - offset >= magic.size() &&
         std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// What a header says besides the size: what a check of a data set reports and decoding drops.
struct ImageHeader {
  std::string mode;     // "gray", "gray+alpha", "RGB", "RGBA", "palette", "CMYK"; empty if the header is too short
  int bits = 8;         // of a sample
  int orientation = 1;  // of EXIF, 1 ... 8; 1 is upright, or it is not said
};

// A kind of image that is read: a row of kDecoders in decoders.cpp, which all that asks for kinds walks.
struct Decoder {
  const char* name;              // "JPEG", for people
  std::string_view suffixes;     // that its files usually have, in lower case: " .jpg .jpeg "
  bool lossy;                    // does its coding change pixels?
  int max_bits;                  // of a sample; more than 8: it heeds DecodeOptions
  bool (*recognises)(Bytes);     // by its first bytes
  ImageHeader (*header)(Bytes);  // of any bytes, damaged and cut off ones, too; never throws
  // Throws Error(Fault::data) if the picture is not whole or not supported; what is odd otherwise is its note.
  // `name` stands for the file in messages. The pixels are as stored: decode_image applies EXIF.
  Image (*decode)(Bytes, const std::string& name, const DecodeOptions&);
};
std::span<const Decoder> decoders();

struct Sniffed {
  const Decoder* decoder = nullptr;  // null: it is of no kind that is read
  std::string what;                  // then: "a GIF image", "a DICOM file", ...; empty if unknown
  std::string advice;                // what to do with it
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
