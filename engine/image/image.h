// Images as the rest of the program sees them: 8-bit RGB, rows from the top. Reading turns JPEG, PNG, BMP and PNM
// files of every colour kind into that; docs/IMAGES.md has the table of conversions.
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
  std::string note;          // what was odd about the file without harm to the picture; empty as a rule
};

constexpr int64_t kMaxImagePixels = int64_t{1} << 26;     // 64 megapixels
constexpr int kMaxImageSide = 65535;                      // what JPEG can say
constexpr int64_t kMaxImageFileBytes = int64_t{1} << 28;  // 256 MB

// Of pictures of more than 8 bits: the values that become 0 and 255. Those between are scaled and rounded, those
// outside are cut off.
struct Levels {
  int low = 0, high = 65535;
  bool operator==(const Levels&) const = default;
};

// How often each value occurs in a picture of more than 8 bits, transparency left out; empty for one of 8 bits.
struct DeepValues {
  int top = 65535;              // the largest that the file could hold
  std::vector<uint32_t> count;  // [65536]
};

// The orientation that a camera or a scanner notes beside the pixels (EXIF). Viewers apply it; Keras and
// torchvision ignore it.
enum class Exif { ignore, apply };
const char* name(Exif exif);             // "ignore", "apply"
Exif parse_exif(std::string_view text);  // any other text is Error(Fault::usage)

struct DecodeOptions {
  std::optional<Levels> levels;  // without: a 16-bit PNG gives its high bytes, a PNM is scaled by its maximum
  Exif exif = Exif::ignore;
  DeepValues* values = nullptr;  // filled for a picture of more than 8 bits, if it is there
};

// The kind is found by content, not by suffix. Throws Error(Fault::data) that names the file, what it is and what
// to do: missing, not a regular file, empty, not an image, an image kind that is not read, damaged, cut
// off, too large; Error(Fault::resources) where memory is short or the system does not let it be read. Sizes are
// checked before memory is allocated for them. Safe to call from several threads. Files of 8 bits and less ignore
// `levels` and `values`.
Image decode_image(const std::filesystem::path& path, const DecodeOptions& options = {});

// The same for bytes in memory; `name` stands for the file in messages.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options = {});

}  // namespace graft
