// Images as the rest of the program sees them: 8-bit RGB, top row first. Reading converts JPEG, PNG, BMP and PNM
// files of every colour type; docs/IMAGES.md has the table of conversions.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

struct Image {
  int w = 0, h = 0;
  std::vector<uint8_t> rgb;  // [h, w, 3]
  std::string note;          // oddities of the file that do not affect the image; usually empty
};

constexpr int64_t kMaxImagePixels = int64_t{1} << 26;     // 64 megapixels
constexpr int kMaxImageSide = 65535;                      // the limit of JPEG
constexpr int64_t kMaxImageFileBytes = int64_t{1} << 28;  // 256 MB

// For images of more than 8 bits: the values that become 0 and 255. Values between are scaled and rounded, values
// outside are clipped.
struct Levels {
  int low = 0, high = 65535;
  bool operator==(const Levels&) const = default;
};

// How often each value occurs in an image of more than 8 bits, transparency left out; empty for 8 bits.
struct DeepValues {
  int top = 65535;              // the largest value that the file could hold
  std::vector<uint32_t> count;  // [65536]
};

// The orientation that cameras and scanners store beside the pixels (EXIF). Viewers apply it; Keras and torchvision
// ignore it.
enum class Exif { ignore, apply };
const char* name(Exif exif);             // "ignore", "apply"
Exif parse_exif(std::string_view text);  // any other text throws Error(Fault::usage)

struct DecodeOptions {
  std::optional<Levels> levels;  // without: a 16-bit PNG gives its high bytes, a PNM is scaled by its maximum
  Exif exif = Exif::ignore;
  DeepValues* values = nullptr;  // if not null, filled for an image of more than 8 bits
};

// The format is detected by content, not by suffix. Throws Error(Fault::data) that names the file, the problem and
// the remedy: missing, not a regular file, empty, not an image, an unsupported format, damaged, truncated, too
// large; Error(Fault::resources) if memory is short or the system refuses to read it. Sizes are checked before
// memory is allocated for them. Thread-safe. Files of up to 8 bits ignore `levels` and `values`.
Image decode_image(const std::filesystem::path& path, const DecodeOptions& options = {});

// The same for bytes in memory; `name` stands for the file in messages.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options = {});

}  // namespace graft
