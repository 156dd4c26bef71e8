#include "models/interpret/cam_image.h"

#include <algorithm>
#include <cmath>

#include "kernels/api/error.h"

namespace graft {
namespace {

// Dark violet, red, orange, pale yellow: readable in print and for the colour-blind, since lightness only grows.
constexpr float kColours[4][3] = {{66, 10, 104}, {188, 55, 84}, {249, 142, 9}, {252, 255, 164}};

float colour(float v, int channel) {
  const float at = std::clamp(v, 0.0f, 1.0f) * 3;
  const int below = std::min(int(at), 2);
  return kColours[below][channel] + (at - float(below)) * (kColours[below + 1][channel] - kColours[below][channel]);
}

// The position of a pixel's centre between the centres of two cells.
struct Between {
  int low, high;
  float part;  // of `high`
};
Between between(int pixel, int size, int cells) {
  const float at = std::clamp((float(pixel) + 0.5f) * float(cells) / float(size) - 0.5f, 0.0f, float(cells - 1));
  const int low = int(at);
  return {low, std::min(low + 1, cells - 1), at - float(low)};
}

}  // namespace

std::vector<float> stretch_map(const ClassMap& map, int size) {
  std::vector<float> stretched(size_t(size) * size_t(size));
  for (int y = 0; y < size; ++y) {
    const Between v = between(y, size, map.h);
    for (int x = 0; x < size; ++x) {
      const Between u = between(x, size, map.w);
      const auto row = [&](int r) {
        const float* values = map.values.data() + r * map.w;
        return values[u.low] + u.part * (values[u.high] - values[u.low]);
      };
      stretched[size_t(y * size + x)] = row(v.low) + v.part * (row(v.high) - row(v.low));
    }
  }
  return stretched;
}

Peak peak_of(const ClassMap& map, int size) {
  const std::vector<float> values = stretch_map(map, size);
  const auto top = std::max_element(values.begin(), values.end());
  const int at = int(top - values.begin());
  return {at % size, at / size, *top};
}

Image overlay_map(const Image& image, const ClassMap& map) {
  require(image.w == image.h, "overlay_map: an image of {} x {}", image.w, image.h);
  const std::vector<float> values = stretch_map(map, image.w);
  const float largest = *std::max_element(values.begin(), values.end());
  Image out = image;
  if (!(largest > 0)) return out;
  for (size_t p = 0; p < values.size(); ++p) {
    const float v = values[p] / largest, cover = 0.7f * std::sqrt(v);
    for (int c = 0; c < 3; ++c) {
      uint8_t& pixel = out.rgb[3 * p + size_t(c)];
      pixel = uint8_t(std::lround(float(pixel) + cover * (colour(v, c) - float(pixel))));
    }
  }
  return out;
}

}  // namespace graft
