// The orientation of EXIF (CIPA DC-008, a TIFF structure in JPEG and PNG files): reading it, and turning pixels by
// it.
#pragma once
#include <cstdint>
#include <span>

#include "engine/image/image.h"

namespace graft {

// 1 ... 8: what the tag 0x0112 of the first directory of a TIFF structure says; 1 (upright) where it is absent or
// impossible, or the structure is damaged. Reads no more than these bytes, whatever they are.
int exif_orientation(std::span<const uint8_t> tiff);

// The picture as a viewer shows it. Orientation: 2 mirrored, 3 turned by 180 degrees, 4 upside down, 5 transposed,
// 6 to be turned right, 7 transposed over the other diagonal, 8 to be turned left; any other number changes
// nothing.
Image upright(Image image, int orientation);

}  // namespace graft
