#include "engine/image/exif.h"

#include <algorithm>
#include <cstring>

#include "kernels/api/error.h"

namespace graft {
namespace {

// Numbers of a TIFF structure in its byte order. Reads beyond its end return 0.
class Tiff {
 public:
  explicit Tiff(std::span<const uint8_t> bytes) : bytes_(bytes), big_(!bytes.empty() && bytes[0] == 'M') {}

  bool is_one() const {
    const char* mark = big_ ? "MM\0*" : "II*\0";
    return bytes_.size() >= 8 && std::memcmp(bytes_.data(), mark, 4) == 0;
  }
  uint32_t u16(size_t at) const { return number(at, 2); }
  uint32_t u32(size_t at) const { return number(at, 4); }
  size_t size() const { return bytes_.size(); }

 private:
  uint32_t number(size_t at, size_t count) const {
    if (at > bytes_.size() || bytes_.size() - at < count) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | bytes_[at + (big_ ? i : count - 1 - i)];
    return value;
  }

  std::span<const uint8_t> bytes_;
  bool big_;
};

}  // namespace

const char* name(Exif exif) { return exif == Exif::ignore ? "ignore" : "apply"; }

Exif parse_exif(std::string_view text) {
  for (const Exif exif : {Exif::ignore, Exif::apply})
    if (text == name(exif)) return exif;
  fail(Fault::usage, "no way to treat EXIF orientation '{}'; there are: ignore, apply", text);
}

int exif_orientation(std::span<const uint8_t> bytes) {
  constexpr uint32_t kOrientation = 0x0112, kShort = 3, kLong = 4;
  constexpr size_t kEntry = 12;
  const Tiff tiff(bytes);
  if (!tiff.is_one()) return 1;
  const size_t directory = tiff.u32(4);
  if (directory > tiff.size()) return 1;
  // Directories are linked and may form cycles; only the first is read, and of its entries only those present.
  const size_t count = std::min<size_t>(tiff.u16(directory), (tiff.size() - directory) / kEntry);
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + kEntry * i;
    if (tiff.u16(entry) != kOrientation) continue;
    const uint32_t type = tiff.u16(entry + 2);
    if ((type != kShort && type != kLong) || tiff.u32(entry + 4) != 1) return 1;
    const uint32_t value = type == kShort ? tiff.u16(entry + 8) : tiff.u32(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool transposed = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image turned{transposed ? image.h : image.w, transposed ? image.w : image.h,
               std::vector<uint8_t>(image.rgb.size()), image.note};
  const int64_t row = int64_t{3} * image.w, across = from_right ? -3 : 3, down = from_bottom ? -row : row;
  const int64_t first = (from_right ? row - 3 : 0) + (from_bottom ? row * (image.h - 1) : 0);
  const int64_t next_x = transposed ? down : across, next_y = transposed ? across : down;
  constexpr int kTile = 32;  // rows and columns that are rotated together, so that both stay in the cache
  for (int top = 0; top < turned.h; top += kTile)
    for (int left = 0; left < turned.w; left += kTile)
      for (int y = top; y < std::min(top + kTile, turned.h); ++y) {
        const uint8_t* from = image.rgb.data() + first + y * next_y;
        uint8_t* to = turned.rgb.data() + int64_t{3} * turned.w * y;
        for (int64_t x = left; x < std::min(left + kTile, turned.w); ++x)
          for (int c = 0; c < 3; ++c) to[3 * x + c] = from[x * next_x + c];
      }
  return turned;
}

}  // namespace graft
