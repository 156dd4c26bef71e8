// Recomputes the checksums of a PNG's chunks, so that mutations reach the decoder.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>

namespace graft::fuzz {

inline uint32_t crc32_of(const uint8_t* bytes, size_t count) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = t[i] & 1 ? 0xEDB88320u ^ (t[i] >> 1) : t[i] >> 1;
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (size_t i = 0; i < count; ++i) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >> 8);
  return ~crc;
}

inline uint32_t big_endian(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

inline bool is_png(const uint8_t* bytes, size_t size) { return size > 33 && std::memcmp(bytes, "\x89PNG", 4) == 0; }

inline void mend_png_checksums(uint8_t* bytes, size_t size) {
  for (size_t at = 8; size - at >= 12;) {  // length, name, data, checksum
    const size_t length = big_endian(bytes + at);
    if (length > size - at - 12) return;
    const uint32_t crc = crc32_of(bytes + at + 4, length + 4);
    for (size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = static_cast<uint8_t>(crc >> (24 - 8 * i));
    at += length + 12;
  }
}

}  // namespace graft::fuzz
