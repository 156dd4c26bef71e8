// Grad-CAM maps as pictures, in the frame that the model saw (fitted to its input size), and where they point.
#pragma once
#include "engine/image/image.h"
#include "models/interpret/gradcam.h"

namespace graft {

// The map stretched to size x size, bilinear between the centres of its cells.
std::vector<float> stretch_map(const ClassMap& map, int size);

// The image under the map's colours: the stronger the map, the less of the image is left. Scaled to the map's own
// largest value; an empty map leaves the image as it is. `image` is square.
Image overlay_map(const Image& image, const ClassMap& map);

struct Peak {
  int x = 0, y = 0;
  float value = 0;  // 0: the map is empty
};
Peak peak_of(const ClassMap& map, int size);  // of the stretched map; the first of equals

}  // namespace graft
