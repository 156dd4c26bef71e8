// The EXIF orientation (CIPA DC-008, a TIFF structure in JPEG and PNG files): reading and applying it.
#pragma once
#include <cstdint>
#include <span>

#include "engine/image/image.h"

namespace graft {

// 1 ... 8: the value of tag 0x0112 in the first directory of a TIFF structure; 1 (upright) if it is absent or
// invalid, or the structure is damaged. Never reads beyond these bytes, whatever they are.
int exif_orientation(std::span<const uint8_t> tiff);

// The image as a viewer shows it. Orientation: 2 mirrored, 3 rotated by 180 degrees, 4 upside down, 5 transposed, 6
// to be rotated right, 7 transposed over the other diagonal, 8 to be rotated left; any other number changes
// nothing.
Image upright(Image image, int orientation);

}  // namespace graft
