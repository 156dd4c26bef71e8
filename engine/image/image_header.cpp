// Fields at fixed places, as ISO/IEC 15948 (PNG), ITU-T T.81 (JPEG), the BMP header and the EXIF standard put them.
#include "engine/image/image_header.h"

#include <cstdint>
#include <cstring>

namespace graft {
namespace {

bool has(Bytes bytes, size_t at, size_t count) { return at <= bytes.size() && bytes.size() - at >= count; }

ImageHeader png_header(Bytes bytes) {
  if (!has(bytes, 24, 2)) return {};
  ImageHeader header{"", bytes[24], 1};
  switch (bytes[25]) {
    case 0:
      header.mode = "gray";
      break;
    case 2:
      header.mode = "RGB";
      break;
    case 3:
      header.mode = "palette";
      break;
    case 4:
      header.mode = "gray+alpha";
      break;
    case 6:
      header.mode = "RGBA";
      break;
  }
  return header;
}

ImageHeader bmp_header(Bytes bytes) {
  if (!has(bytes, 28, 2)) return {};
  const size_t at = bytes[14] == 12 ? 24 : 28;  // OS/2's header is shorter
  const int bits = bytes[at] | bytes[at + 1] << 8;
  return {bits <= 8 ? "palette" : "RGB", bits <= 8 ? bits : 8, 1};
}

ImageHeader pnm_header(Bytes bytes) {
  if (!has(bytes, 0, 2)) return {};
  ImageHeader header{bytes[1] == '6' ? "RGB" : "gray", 8, 1};
  int numbers = 0, value = 0;
  for (size_t at = 2; at < bytes.size() && numbers < 3; ++at) {
    const uint8_t c = bytes[at];
    if (c == '#') {
      while (at < bytes.size() && bytes[at] != '\n') ++at;
    } else if (c >= '0' && c <= '9') {
      value = value > 100000 ? value : value * 10 + (c - '0');
      if (at + 1 < bytes.size() && (bytes[at + 1] < '0' || bytes[at + 1] > '9')) {
        if (++numbers == 3 && value > 255) header.bits = 16;
        value = 0;
      }
    }
  }
  return header;
}

// The tag 0x0112 of the first directory of the TIFF structure that EXIF is.
int exif_orientation(Bytes body) {
  if (body.size() < 14 || std::memcmp(body.data(), "Exif\0\0", 6) != 0) return 1;
  const Bytes tiff = body.subspan(6);
  const bool big = tiff[0] == 'M';
  const auto u16 = [&](size_t at) -> uint32_t {
    return big ? uint32_t{tiff[at]} << 8 | tiff[at + 1] : uint32_t{tiff[at + 1]} << 8 | tiff[at];
  };
  const uint32_t directory = big ? u16(4) << 16 | u16(6) : u16(6) << 16 | u16(4);
  if (!has(tiff, directory, 2)) return 1;
  const uint32_t count = u16(directory);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t entry = size_t{directory} + 2 + size_t{12} * i;
    if (!has(tiff, entry, 12)) return 1;
    if (u16(entry) == 0x0112) {
      const auto value = static_cast<int>(u16(entry + 8));
      return value >= 1 && value <= 8 ? value : 1;
    }
  }
  return 1;
}

ImageHeader jpeg_header(Bytes bytes) {
  ImageHeader header;
  for (size_t at = 2; has(bytes, at, 4);) {
    if (bytes[at] != 0xFF || bytes[at + 1] == 0 || bytes[at + 1] == 0xFF) {
      ++at;
      continue;
    }
    const int marker = bytes[at + 1];
    const size_t length = size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    if (length < 2 || !has(bytes, at + 2, length)) return header;
    const Bytes body = bytes.subspan(at + 4, length - 2);
    if (marker == 0xE1 && header.orientation == 1) header.orientation = exif_orientation(body);
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

}  // namespace

ImageHeader read_image_header(Bytes bytes, ImageKind kind) {
  switch (kind) {
    case ImageKind::png:
      return png_header(bytes);
    case ImageKind::bmp:
      return bmp_header(bytes);
    case ImageKind::pnm:
      return pnm_header(bytes);
    case ImageKind::jpeg:
      return jpeg_header(bytes);
    case ImageKind::other:
      break;
  }
  return {};
}

}  // namespace graft
