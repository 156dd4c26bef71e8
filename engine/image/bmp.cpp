// BMP: many headers, two kinds of palettes, run-length coding, offsets that are wrong or missing. Each file is
// checked to have all its rows, then rewritten as the commonest kind (40-byte header, no gaps, uncompressed), which
// stb_image decodes.
#include <fmt/format.h>

#include <algorithm>

#include "engine/image/image_formats.h"

namespace graft {
namespace {

constexpr const char* kKind = "BMP";
constexpr size_t kFileHeader = 14, kCommonHeader = 40, kMasks = 12;
enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };

struct Header {
  uint64_t offset, length;  // of the pixels in the file; of this header
  int64_t w, h;             // h < 0: top-down
  uint32_t bits, compression, colours;
};

uint32_t little32(Bytes b, size_t at) {
  return uint32_t{b[at + 3]} << 24 | uint32_t{b[at + 2]} << 16 | uint32_t{b[at + 1]} << 8 | b[at];
}
uint32_t little16(Bytes b, size_t at) { return uint32_t{b[at + 1]} << 8 | b[at]; }

void put(std::vector<uint8_t>& to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<uint8_t>(value >> 8 * i));
}

Header read_header(Bytes bytes, const std::string& name) {
  if (bytes.size() < 26) fail_cut_off(name, kKind);
  Header h{little32(bytes, 10), little32(bytes, 14), 0, 0, 0, kPlain, 0};
  if (h.length != 12 && (h.length < 16 || h.length > 124))
    fail_damaged(name, kKind, "its header has an unknown length");
  if (bytes.size() < kFileHeader + h.length) fail_cut_off(name, kKind);
  if (h.length == 12) {  // OS/2 and Windows 2
    h.w = little16(bytes, 18), h.h = static_cast<int16_t>(little16(bytes, 20)), h.bits = little16(bytes, 24);
  } else {
    h.w = static_cast<int32_t>(little32(bytes, 18)), h.h = static_cast<int32_t>(little32(bytes, 22));
    h.bits = little16(bytes, 28);
    if (h.length >= 20) h.compression = little32(bytes, 30);
    if (h.length >= 36) h.colours = little32(bytes, 46);
  }
  if (h.compression > kBitFields ||
      (h.length == 64 && h.compression == kBitFields))  // 3 means something else in OS/2
    fail_unsupported(name, fmt::format("a BMP of compression {}", h.compression));
  if (!std::ranges::count(std::initializer_list<uint32_t>{1, 4, 8, 16, 24, 32}, h.bits))
    fail_damaged(name, kKind, fmt::format("{} bits per pixel", h.bits));
  return h;
}

// The indices of a run-length coded image, one byte each, rows padded to 4 bytes. Skipped pixels are 0, and pixels
// beyond the end of a row are discarded at once: a file may hold nothing else.
std::vector<uint8_t> unpack(Bytes in, const Extent& extent, bool four_bits, const std::string& name) {
  const int w = extent.w, h = extent.h;
  const size_t stride = (static_cast<size_t>(w) + 3) / 4 * 4;
  std::vector<uint8_t> out(stride * static_cast<size_t>(h), 0);
  int64_t x = 0, y = 0;
  const auto pixel = [&](size_t i, uint8_t byte) {
    const auto index = static_cast<uint8_t>(!four_bits ? byte : i % 2 ? byte & 15 : byte >> 4);
    if (x < w && y < h) out[static_cast<size_t>(y) * stride + static_cast<size_t>(x)] = index;
    ++x;
  };
  for (size_t at = 0; y < h; at += 2) {
    if (in.size() < at + 2) {
      if (y == h - 1 && x >= w) break;  // only its end mark is missing
      fail_cut_off(name, kKind);
    }
    const size_t count = in[at];
    const uint8_t value = in[at + 1];
    if (count > 0) {
      for (size_t i = 0; i < count && x < w; ++i) pixel(i, value);
    } else if (value == 0) {
      x = 0, ++y;
    } else if (value == 1) {
      break;
    } else if (value == 2) {
      if (in.size() < at + 4) fail_cut_off(name, kKind);
      x += in[at + 2], y += in[at + 3], at += 2;
    } else {
      const size_t bytes = four_bits ? (value + size_t{1}) / 2 : value;
      if (in.size() < at + 2 + bytes) fail_cut_off(name, kKind);
      for (size_t i = 0; i < value && x < w; ++i) pixel(i, in[at + 2 + (four_bits ? i / 2 : i)]);
      at += (bytes + 1) / 2 * 2;
    }
  }
  return out;
}

// Updates `h` to describe the result.
std::vector<uint8_t> as_common(Bytes bytes, Header& h, const Extent& extent, const std::string& name) {
  const bool masks = h.compression == kBitFields;  // after 40 bytes: in a longer header, or after it
  if (masks && h.length < kCommonHeader) fail_damaged(name, kKind, "its header is too short for colour masks");
  const bool masks_after = masks && h.length == kCommonHeader;
  const size_t palette = kFileHeader + h.length + (masks_after ? kMasks : 0), entry = h.length == 12 ? 3 : 4;
  size_t colours = h.bits > 8 ? 0 : size_t{1} << h.bits;
  if (h.colours > 0) colours = std::min<size_t>(colours, h.colours);
  if (h.offset > palette) colours = std::min(colours, (h.offset - palette) / entry);
  const size_t pixels = h.offset ? h.offset : palette + colours * entry;
  if (pixels < palette + colours * entry) fail_damaged(name, kKind, "its pixels begin inside the header");
  if (bytes.size() <= pixels) fail_cut_off(name, kKind);
  if (h.bits <= 8 && colours == 0) fail_damaged(name, kKind, "it has no palette");

  std::vector<uint8_t> data;
  if (h.compression == kRle8 || h.compression == kRle4) {
    if (h.h < 0 || h.bits != (h.compression == kRle8 ? 8u : 4u))
      fail_damaged(name, kKind, "its run-length coding contradicts its header");
    data = unpack(bytes.subspan(pixels), extent, h.bits == 4, name);
    h.bits = 8, h.compression = kPlain;
  } else {
    data.assign(bytes.begin() + static_cast<std::ptrdiff_t>(pixels), bytes.end());
  }
  // stb_image leaves colours missing from the palette undefined: pixels would be whatever was on the stack.
  const size_t listed = h.bits > 8 ? colours : size_t{1} << h.bits;
  h.offset = kFileHeader + kCommonHeader + (masks ? kMasks : 0) + 4 * listed, h.length = kCommonHeader;
  std::vector<uint8_t> common{'B', 'M'};
  put(common, h.offset + data.size(), 4), put(common, 0, 4), put(common, h.offset, 4), put(common, h.length, 4);
  put(common, static_cast<uint64_t>(h.w), 4), put(common, static_cast<uint64_t>(h.h), 4);
  put(common, 1, 2), put(common, h.bits, 2), put(common, h.compression, 4), put(common, 0, 8), put(common, 0, 4);
  put(common, listed, 4), put(common, 0, 4);
  if (masks)
    for (size_t i = 0; i < kMasks; ++i) common.push_back(bytes[kFileHeader + kCommonHeader + i]);
  for (size_t c = 0; c < colours; ++c)
    for (size_t i = 0; i < 4; ++i) common.push_back(i < 3 ? bytes[palette + c * entry + i] : 0);
  common.resize(h.offset);  // black
  common.insert(common.end(), data.begin(), data.end());
  return common;
}

}  // namespace

bool is_bmp(Bytes bytes) { return has_at(bytes, 0, "BM"); }

ImageHeader bmp_header(Bytes bytes) {
  if (bytes.size() < 30) return {};
  const size_t at = bytes[14] == 12 ? 24 : 28;  // OS/2's header is shorter
  const int bits = bytes[at] | bytes[at + 1] << 8;
  return {bits <= 8 ? "palette" : "RGB", bits <= 8 ? bits : 8, 1};
}

Image decode_bmp(Bytes bytes, const std::string& name, const DecodeOptions&) {
  Header h = read_header(bytes, name);
  const Extent extent = checked_extent(h.w, h.h < 0 ? -h.h : h.h, name);
  const bool no_offset = h.offset == 0;
  const std::vector<uint8_t> common = as_common(bytes, h, extent, name);
  const uint64_t row = static_cast<uint64_t>(extent.w) * h.bits, rows = static_cast<uint64_t>(extent.h);
  const uint64_t size = (row + 31) / 32 * 4 * (rows - 1) + (row + 7) / 8;  // the last row may lack its padding
  if (common.size() - h.offset < size) fail_cut_off(name, kKind);
  Image image = decode_with_stb(common, extent, name);
  if (no_offset) add_note(image, "it does not say where its pixels begin");
  return image;
}

}  // namespace graft
