// The markers of a JPEG, parsed without libjpeg (ITU-T T.81, and EXIF): its header, and its number of scans. A scan
// costs a pass over the image but may take only a few bytes: without a limit, half a megabyte takes minutes.
#include <algorithm>
#include <cstring>

#include "engine/image/exif.h"
#include "engine/image/image_formats.h"

namespace graft {
bool is_jpeg(Bytes bytes) { return has_at(bytes, 0, "\xFF\xD8"); }

ImageHeader jpeg_header(Bytes bytes) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  ImageHeader header;
  for (size_t at = 2; at + 4 <= bytes.size();) {
    if (bytes[at] != 0xFF || bytes[at + 1] == 0 || bytes[at + 1] == 0xFF) {
      ++at;
      continue;
    }
    const int marker = bytes[at + 1];
    const size_t length = size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    if (length < 2 || bytes.size() - at - 2 < length) return header;
    const Bytes body = bytes.subspan(at + 4, length - 2);
    if (marker == 0xE1 && header.orientation == 1 && has_at(body, 0, kExif))
      header.orientation = exif_orientation(body.subspan(kExif.size()));
    if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC &&
        body.size() >= 6) {
      header.bits = body[0];
      header.mode = body[5] == 1 ? "gray" : body[5] == 4 ? "CMYK" : "RGB";
      return header;
    }
    at += 2 + length;
  }
  return header;
}

int most_jpeg_scans(const Extent& extent) {
  constexpr int64_t kMax = 500, kMaxPixels = int64_t{1} << 31;  // over all scans: 32 of the largest image
  return static_cast<int>(std::min(kMax, kMaxPixels / (int64_t{extent.w} * extent.h)));
}

int count_jpeg_scans(Bytes bytes) {
  constexpr uint8_t kTemporary = 0x01, kRestart = 0xD0, kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA;
  int scans = 0;
  for (size_t at = 2; at < bytes.size();) {
    const void* found = std::memchr(&bytes[at], 0xFF, bytes.size() - at);
    if (!found) break;
    at = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes.data());
    while (at < bytes.size() && bytes[at] == 0xFF) ++at;
    if (at + 2 >= bytes.size() || bytes[at] == kEnd) break;
    const uint8_t marker = bytes[at++];
    if (marker == 0 || marker == kTemporary || (marker >= kRestart && marker <= kStart)) continue;  // no length
    scans += marker == kScan;
    at += std::max<size_t>(2, size_t{bytes[at]} << 8 | bytes[at + 1]);
  }
  return scans;
}

}  // namespace graft
