// Everything that a check of a data set wants to know of one file, from one look at it.
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
  std::string kind;           // "JPEG", "PNG", "BMP", "PNM"; of others what they are ("a GIF image"); else empty
  bool wrong_suffix = false;  // the suffix is that of another kind of image
  std::string mode;           // see ImageHeader
  int bits = 0, orientation = 1;
  std::string error;      // why it cannot be read; empty: it can
  bool not_read = false;  // the error is the system's and says nothing about the file
  std::string digest;     // SHA-256 of the file; empty if it cannot be opened
  // Only of images that can be read:
  std::string note;            // of the image: what was odd about the file
  std::optional<Depth> depth;  // of pictures of more than 8 bits
  int w = 0, h = 0;
  std::string pixels;       // SHA-256 of size and pixels: equal for copies without loss, whatever the file format
  bool one_colour = false;  // all pixels are the same
  bool two_valued = false;  // no pixel is of a third colour, as in a mask; JPEG: but for its noise
  int brightest = 255;      // of all samples
  PerceptualHash perceptual_hash;
};

enum class InspectDepth {
  pixels,  // all but `pixels` and `perceptual_hash`
  hashes   // what comparing images needs, too
};

// Never throws an error of the file: that is in `error`.
// Pictures of which little is seen at these levels are compared with others as if all of their range were seen.
ImageFacts inspect_image(const std::filesystem::path& path, InspectDepth depth = InspectDepth::hashes,
                         const std::optional<Levels>& levels = {});

// Of all files, by threads (0: one a core). done(n) is told how many are ready, from any thread but one at a time;
// false stops it, and the rest stays empty.
std::vector<ImageFacts> inspect_images(const std::vector<std::filesystem::path>& files, InspectDepth depth,
                                       int threads, const std::function<bool(int64_t done)>& done,
                                       const std::optional<Levels>& levels = {});

}  // namespace graft
