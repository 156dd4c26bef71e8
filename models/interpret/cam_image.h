// Grad-CAM maps as images, over the image as the model saw it (fitted to its input size), and the maps' peaks.
#pragma once
#include "engine/image/image.h"
#include "models/interpret/gradcam.h"

namespace graft {

// Resizes a map to size x size, bilinear between the centres of its cells.
std::vector<float> stretch_map(const ClassMap& map, int size);

// Overlays a square image with the colours of a map, more opaque where the map is larger. Colours are scaled to the
// map's maximum; an all-zero map leaves the image unchanged.
Image overlay_map(const Image& image, const ClassMap& map);

struct Peak {
  int x = 0, y = 0;
  float value = 0;  // 0: the map is all zero
};
Peak peak_of(const ClassMap& map, int size);  // maximum of the map resized to size x size; the first of equals

}  // namespace graft
