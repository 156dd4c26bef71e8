// Walks the chunks of a PNG (ISO/IEC 15948) with their checksums, and checks that a BMP has all its rows.
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "engine/data/image_formats.h"

namespace graft {
namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}

uint32_t crc32(Bytes bytes) {
  static constexpr std::array<uint32_t, 256> kTable = make_crc_table();
  uint32_t c = ~0u;
  for (uint8_t b : bytes) c = kTable[(c ^ b) & 0xFF] ^ (c >> 8);
  return ~c;
}

uint32_t big32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}
uint32_t little32(const uint8_t* p) {
  return uint32_t{p[3]} << 24 | uint32_t{p[2]} << 16 | uint32_t{p[1]} << 8 | uint32_t{p[0]};
}
uint32_t little16(const uint8_t* p) { return uint32_t{p[1]} << 8 | uint32_t{p[0]}; }

}  // namespace

Extent check_png(Bytes bytes, const std::string& name) {
  constexpr const char* kKind = "PNG";
  Extent extent{};
  for (size_t at = 8;;) {
    if (bytes.size() - at < 12) fail_cut_off(name, kKind);
    const size_t length = big32(&bytes[at]);
    if (bytes.size() - at - 12 < length) fail_cut_off(name, kKind);
    const std::string type(reinterpret_cast<const char*>(&bytes[at + 4]), 4);
    if (crc32(bytes.subspan(at + 4, length + 4)) != big32(&bytes[at + 8 + length]))
      fail_damaged(name, kKind, "a checksum is wrong");
    const bool first = at == 8;
    if (first != (type == "IHDR") || (first && length != 13))
      fail_damaged(name, kKind, "it does not begin with one header");
    if (first) extent = checked_extent(big32(&bytes[16]), big32(&bytes[20]), name);
    const bool critical = (type[0] & 0x20) == 0;
    if (critical && type != "IHDR" && type != "PLTE" && type != "IDAT" && type != "IEND")
      fail_damaged(name, kKind, "it has a chunk that the standard does not know");
    if (type == "IEND") return extent;
    at += 12 + length;
  }
}

Extent check_bmp(Bytes bytes, const std::string& name) {
  constexpr const char* kKind = "BMP";
  if (bytes.size() < 26) fail_cut_off(name, kKind);
  const uint64_t offset = little32(&bytes[10]), header = little32(&bytes[14]);
  if (header == 12) fail_unsupported(name, "a BMP of the OS/2 kind");
  if (header < 40 || header > 124) fail_damaged(name, kKind, "its header has an unknown length");
  if (bytes.size() < 14 + header) fail_cut_off(name, kKind);
  const auto w = static_cast<int32_t>(little32(&bytes[18])), h = static_cast<int32_t>(little32(&bytes[22]));
  const Extent extent = checked_extent(w, h < 0 ? -int64_t{h} : int64_t{h}, name);  // h < 0: from the top
  const uint64_t bits = little16(&bytes[28]), compression = little32(&bytes[30]);
  if (compression == 1 || compression == 2) fail_unsupported(name, "a run-length coded BMP");
  if (compression != 0 && compression != 3)
    fail_unsupported(name, fmt::format("a BMP of compression {}", compression));
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
    fail_damaged(name, kKind, fmt::format("{} bits a pixel", bits));
  if (offset < 14 + header) fail_damaged(name, kKind, "its pixels begin inside the header");
  const uint64_t row = static_cast<uint64_t>(extent.w) * bits, rows = static_cast<uint64_t>(extent.h);
  const uint64_t size = (row + 31) / 32 * 4 * (rows - 1) + (row + 7) / 8;  // the last row may lack its padding
  if (bytes.size() < offset || bytes.size() - offset < size) fail_cut_off(name, kKind);
  return extent;
}

}  // namespace graft
