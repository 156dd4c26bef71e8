// Inside of decode_image: what a file is, and the checks that a decoder does not make. stb_image accepts a JPEG
// that is cut off (the rest is grey), a BMP that is cut off (black) and a PNG with wrong checksums, and trusts
// sizes, so each structure is walked here before stb sees it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/data/image.h"

namespace graft {

using Bytes = std::span<const uint8_t>;

enum class ImageKind { jpeg, png, bmp, pnm, other };
struct Sniffed {
  ImageKind kind = ImageKind::other;
  std::string what;  // for other: "a GIF image", "a DICOM file", ...; empty if unknown
};
Sniffed sniff(Bytes bytes);

// The whole file; throws Error(Fault::data) if it is no regular file, too large, or cannot be read.
std::vector<uint8_t> read_image_file(const std::filesystem::path& path, const std::string& name);

struct Extent {
  int w, h;
};
// Throws Error(Fault::data) if the sides are not in [1, kMaxImageSide] or there are too many pixels.
Extent checked_extent(int64_t w, int64_t h, const std::string& name);

// Walk a file of that kind from its first to its last byte; throw Error(Fault::data) if stb_image would not decode
// it faithfully.
Extent check_jpeg(Bytes bytes, const std::string& name);
Extent check_png(Bytes bytes, const std::string& name);
Extent check_bmp(Bytes bytes, const std::string& name);

Image decode_with_stb(Bytes bytes, Extent extent, const std::string& name);
Image decode_pnm(Bytes bytes, const std::string& name);

[[noreturn]] void fail_cut_off(const std::string& name, const char* kind);
[[noreturn]] void fail_damaged(const std::string& name, const char* kind, const std::string& why);
[[noreturn]] void fail_unsupported(const std::string& name, const std::string& what);

}  // namespace graft
