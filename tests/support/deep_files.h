// Writes images of more than 8 bits, without a library: 16-bit PNG of every colour type, and PGM.
#pragma once
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace graft::test {

inline std::string big_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

// Returns a chunk of a PNG with its checksum.
inline std::string png_chunk(const std::string& type, const std::string& data) {
  uint32_t crc = ~0u;
  for (const char byte : type + data) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
  }
  return big_endian(data.size(), 4) + type + data + big_endian(~crc, 4);
}

// channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA; values row by row. Stored, not compressed.
inline std::string deep_png(int w, int h, int channels, const std::vector<uint16_t>& values) {
  std::string rows;
  for (int y = 0; y < h; ++y) {
    rows += '\0';  // no filter
    for (int i = 0; i < w * channels; ++i) rows += big_endian(values[size_t(y * w * channels + i)], 2);
  }
  std::string packed = "\x78\x01";
  for (size_t at = 0; at < rows.size(); at += 65535) {
    const std::string part = rows.substr(at, 65535);
    packed += at + part.size() == rows.size() ? '\1' : '\0';
    for (const size_t n : {part.size(), ~part.size()}) packed += {static_cast<char>(n), static_cast<char>(n >> 8)};
    packed += part;
  }
  uint32_t a = 1, b = 0;
  for (const char byte : rows) a = (a + static_cast<uint8_t>(byte)) % 65521, b = (b + a) % 65521;
  packed += big_endian(b << 16 | a, 4);
  constexpr std::array<int, 5> kColour = {0, 0, 4, 2, 6};
  const std::string header = big_endian(uint64_t(w), 4) + big_endian(uint64_t(h), 4) + '\x10' +
                             static_cast<char>(kColour[size_t(channels)]) + std::string(3, '\0');
  return "\x89PNG\r\n\x1A\n" + png_chunk("IHDR", header) + png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

inline std::string deep_pgm(int w, int h, int top, const std::vector<uint16_t>& values) {
  std::string text = "P5 " + std::to_string(w) + " " + std::to_string(h) + " " + std::to_string(top) + "\n";
  for (const uint16_t v : values) text += big_endian(v, 2);
  return text;
}

inline void write_text(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace graft::test
