// Resizing, bit-identical to Pillow's, so that a network sees the pixels that it was trained on: Keras resizes with
// Pillow's NEAREST, torchvision with its BILINEAR, which widens the filter when shrinking.
#pragma once
#include <string_view>

#include "engine/image/image.h"

namespace graft {

enum class Interpolation { nearest, bilinear };
const char* name(Interpolation interpolation);
Interpolation parse_interpolation(std::string_view text);  // "nearest", "bilinear"; else a usage error

// The whole image stretched to w x h.
Image resize(const Image& image, int w, int h, Interpolation interpolation);

// The window [x, x+window_w) x [y, y+window_h) of resize(image, w, h), without computing the rest.
struct Window {
  int x, y, w, h;
};
Image resize_window(const Image& image, int w, int h, const Window& window, Interpolation interpolation);

// size x size pixels from the middle; an odd remainder is rounded as torchvision's CenterCrop does (half to even).
// The image must be at least that large.
Image center_crop(const Image& image, int size);
Window center_window(int w, int h, int size);

}  // namespace graft
