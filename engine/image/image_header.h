// What the header of an image says besides its size: what a check of a data set reports and decoding drops.
#pragma once
#include <string>

#include "engine/image/image_formats.h"

namespace graft {

struct ImageHeader {
  std::string mode;     // "gray", "gray+alpha", "RGB", "RGBA", "palette", "CMYK"; empty if the header is too short
  int bits = 8;         // of a sample
  int orientation = 1;  // of EXIF, in JPEG files: 1 is upright
};

// Reads no more than the bytes; says something about damaged files, too.
ImageHeader read_image_header(Bytes bytes, ImageKind kind);

}  // namespace graft
