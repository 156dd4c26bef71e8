// How many scans a JPEG has, from its markers. Each costs a pass over the picture, and a few bytes are enough for
// one: without a limit, half a megabyte takes minutes.
#include <algorithm>
#include <cstring>

#include "engine/image/image_formats.h"

namespace graft {

int most_jpeg_scans(const Extent& extent) {
  constexpr int64_t kMost = 500, kMostPixels = int64_t{1} << 31;  // in all scans: 32 of the largest picture
  return static_cast<int>(std::min(kMost, kMostPixels / (int64_t{extent.w} * extent.h)));
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
