// The pixels of a view. Keras 3 (ImageDataGenerator.apply_transform) maps a place p = (x, y) of the view, measured
// from the centre, to R(Z p + t) in the image (zoom, shift, rotation) and blends four pixels there, as
// scipy.ndimage.affine_transform of order 1 does. A crop of side s about c is one more step before: p = s p' + c.
// All of it is one affine map, so pixels are blended once.
#include <algorithm>
#include <array>
#include <cmath>

#include "engine/data/augment.h"

namespace graft {
namespace {

// y = a[0] py + a[1] px + a[2], x = a[3] py + a[4] px + a[5]: the point of the image that pixel (py, px) shows.
using Affine = std::array<double, 6>;

Affine affine_of(const View& v, int w, int h) {
  const double c = std::cos(v.angle), s = std::sin(v.angle);
  const double oy = 0.5 * (h - 1), ox = 0.5 * (w - 1);
  // The argument of R: zoom (crop p + c) + shift.
  const double step_y = v.zoom_y * v.crop, step_x = v.zoom_x * v.crop;
  const double ty = v.zoom_y * (1 - v.crop) * oy * v.crop_y + v.shift_y * h;
  const double tx = v.zoom_x * (1 - v.crop) * ox * v.crop_x + v.shift_x * w;
  Affine a = {c * step_y, s * step_x, 0, -s * step_y, c * step_x, 0};
  a[2] = oy + c * ty + s * tx - a[0] * oy - a[1] * ox;
  a[5] = ox - s * ty + c * tx - a[3] * oy - a[4] * ox;
  return a;
}

// The two pixels of an axis of length n on either side of a position, and the weight of the second. False: outside,
// black.
struct Between {
  int first, second;
  double share;
};

int mirrored(int i, int n) {
  i %= 2 * n;
  if (i < 0) i += 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

bool between(double at, int n, Fill fill, Between& b) {
  if (fill == Fill::black && !(at >= 0 && at <= n - 1)) return false;
  int low = static_cast<int>(at);
  low -= low > at;
  b.share = at - low;
  if (fill == Fill::reflect)
    b.first = mirrored(low, n), b.second = mirrored(low + 1, n);
  else
    b.first = std::clamp(low, 0, n - 1), b.second = std::clamp(low + 1, 0, n - 1);
  return true;
}

Image warp(const Image& image, const Affine& a, Fill fill) {
  Image out{image.w, image.h, std::vector<uint8_t>(image.rgb.size())};
  const size_t row = size_t{3} * static_cast<size_t>(image.w);
  uint8_t* to = out.rgb.data();
  for (int py = 0; py < image.h; ++py)
    for (int px = 0; px < image.w; ++px, to += 3) {
      Between y, x;
      if (!between(a[0] * py + a[1] * px + a[2], image.h, fill, y) ||
          !between(a[3] * py + a[4] * px + a[5], image.w, fill, x))
        continue;  // black
      const uint8_t* upper = image.rgb.data() + row * static_cast<size_t>(y.first);
      const uint8_t* lower = image.rgb.data() + row * static_cast<size_t>(y.second);
      for (int c = 0; c < 3; ++c) {
        const double top = upper[3 * x.first + c] + x.share * (upper[3 * x.second + c] - upper[3 * x.first + c]);
        const double bottom = lower[3 * x.first + c] + x.share * (lower[3 * x.second + c] - lower[3 * x.first + c]);
        to[c] = static_cast<uint8_t>(top + y.share * (bottom - top) + 0.5);
      }
    }
  return out;
}

void flip_rows(Image& image) {
  for (int y = 0; y < image.h; ++y) {
    uint8_t* row = image.rgb.data() + size_t{3} * static_cast<size_t>(image.w) * static_cast<size_t>(y);
    for (int a = 0, b = image.w - 1; a < b; ++a, --b) std::swap_ranges(row + 3 * a, row + 3 * a + 3, row + 3 * b);
  }
}

void flip_columns(Image& image) {
  const auto row = std::ptrdiff_t{3} * image.w;
  for (int a = 0, b = image.h - 1; a < b; ++a, --b)
    std::swap_ranges(image.rgb.begin() + a * row, image.rgb.begin() + (a + 1) * row, image.rgb.begin() + b * row);
}

// v -> middle + factor (v - middle), rounded and clamped.
void stretch_values(Image& image, double factor, double middle) {
  std::array<uint8_t, 256> table;
  for (int v = 0; v < 256; ++v)
    table[static_cast<size_t>(v)] =
        static_cast<uint8_t>(std::clamp(middle + factor * (v - middle), 0.0, 255.0) + 0.5);
  for (uint8_t& v : image.rgb) v = table[v];
}

// Weights of ITU-R BT.601, as in Pillow's contrast enhancer.
double mean_gray(const Image& image) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 2 < image.rgb.size(); i += 3)
    sum += 299u * image.rgb[i] + 587u * image.rgb[i + 1] + 114u * image.rgb[i + 2];
  return static_cast<double>(sum) / 1000 / (static_cast<double>(image.w) * image.h);
}

}  // namespace

Image apply_view(const Image& image, const View& v, Fill fill) {
  const bool moved =
      v.angle != 0 || v.shift_y != 0 || v.shift_x != 0 || v.zoom_y != 1 || v.zoom_x != 1 || v.crop != 1;
  Image out = moved ? warp(image, affine_of(v, image.w, image.h), fill) : image;
  if (v.flip_x) flip_rows(out);
  if (v.flip_y) flip_columns(out);
  if (v.brightness != 1) stretch_values(out, v.brightness, 0);
  if (v.contrast != 1) stretch_values(out, v.contrast, mean_gray(out));
  return out;
}

}  // namespace graft
