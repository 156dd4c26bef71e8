// Everything that an audit needs to know about one file, from reading it once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/image/depth.h"
#include "engine/image/perceptual_hash.h"

namespace graft {

struct ImageFacts {
  int64_t bytes = 0;
  std::string kind;  // "JPEG", "PNG", "BMP", "PNM"; for unsupported files what they are ("a GIF image"); else empty
  bool wrong_suffix = false;  // the suffix is that of another image format
  std::string mode;           // see ImageHeader
  int bits = 0, orientation = 1;
  std::string error;      // why it cannot be read; empty: it can
  bool not_read = false;  // the error is the system's and says nothing about the file
  std::string digest;     // SHA-256 of the file; empty if it cannot be opened
  // Only for readable images:
  std::string note;            // oddities of the file, see Image::note
  std::optional<Depth> depth;  // for images of more than 8 bits
  int w = 0, h = 0;
  std::string pixels;       // SHA-256 of size and pixels: equal for lossless copies, whatever the file format
  bool one_colour = false;  // all pixels are the same
  bool two_valued = false;  // at most two colours, as in a mask; for JPEG: apart from its noise
  int brightest = 255;      // over all samples
  PerceptualHash perceptual_hash;
};

enum class InspectDepth {
  pixels,  // all but `pixels` and `perceptual_hash`
  hashes   // what comparing images needs, too
};

// Never throws for faults of the file: they are in `error`.
// Images with little visible detail at these levels are compared with others as if their whole range were visible.
ImageFacts inspect_image(const std::filesystem::path& path, InspectDepth depth = InspectDepth::hashes,
                         const std::optional<Levels>& levels = {});

// Inspects all files in parallel (threads = 0: one per core). Calls done(n) with the number finished, serialized,
// from any worker thread; if it returns false, the remaining files are not inspected.
std::vector<ImageFacts> inspect_images(const std::vector<std::filesystem::path>& files, InspectDepth depth,
                                       int threads, const std::function<bool(int64_t done)>& done,
                                       const std::optional<Levels>& levels = {});

}  // namespace graft
