#include "engine/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/api/error.h"

namespace graft {
namespace {

// Pillow accumulates the source position in double, so its rounding errors are part of the result.
std::vector<int> nearest_sources(int in, int out, int begin, int end) {
  const double scale = static_cast<double>(in) / out;
  std::vector<int> sources;
  double at = scale * 0.5;
  for (int i = 0; i < end; ++i, at += scale)
    if (i >= begin) sources.push_back(std::min(static_cast<int>(at), in - 1));
  return sources;
}

// The weights of one axis: output i is the sum of weight[i * taps + k] * input[first[i] + k] over k < count[i],
// divided by 2^22. The weights are Pillow's for a triangle filter: computed in double, rounded to 22 bits.
struct Weights {
  int taps = 0;
  std::vector<int> first, count;
  std::vector<int32_t> weight;
};
constexpr int kFractionBits = 22;

Weights triangle_weights(int in, int out, int begin, int end) {
  const double scale = static_cast<double>(in) / out, widening = std::max(scale, 1.0), support = widening;
  Weights weights;
  weights.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  std::vector<double> row(static_cast<size_t>(weights.taps));
  for (int i = begin; i < end; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int count = std::min(static_cast<int>(centre + support + 0.5), in) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double distance = std::abs((k + first - centre + 0.5) * (1.0 / widening));
      row[k] = distance < 1 ? 1 - distance : 0;
      sum += row[k];
    }
    weights.first.push_back(first);
    weights.count.push_back(count);
    for (int k = 0; k < weights.taps; ++k) {
      const double normalized = k < count ? (sum != 0 ? row[k] / sum : row[k]) : 0;
      weights.weight.push_back(static_cast<int32_t>(0.5 + normalized * (1 << kFractionBits)));
    }
  }
  return weights;
}

uint8_t rounded(int32_t sum) {
  return static_cast<uint8_t>(std::clamp((sum + (1 << (kFractionBits - 1))) >> kFractionBits, 0, 255));
}

// in: rows of in_w pixels -> out: rows of `weights.first.size()` pixels.
void filter_rows(const uint8_t* in, int in_w, int rows, const Weights& weights, uint8_t* out) {
  for (int y = 0; y < rows; ++y, in += size_t{3} * static_cast<size_t>(in_w))
    for (size_t x = 0; x < weights.first.size(); ++x, out += 3) {
      const uint8_t* p = in + size_t{3} * static_cast<size_t>(weights.first[x]);
      const int32_t* k = &weights.weight[x * static_cast<size_t>(weights.taps)];
      int32_t sum[3] = {0, 0, 0};
      for (int i = 0; i < weights.count[x]; ++i, p += 3)
        for (int c = 0; c < 3; ++c) sum[c] += p[c] * k[i];
      for (int c = 0; c < 3; ++c) out[c] = rounded(sum[c]);
    }
}

// in: rows of `bytes` bytes, the first of which is row `in_top` of the image -> out: one row for each weight row.
void filter_columns(const uint8_t* in, int in_top, size_t bytes, const Weights& weights, uint8_t* out) {
  std::vector<int32_t> sum(bytes);
  for (size_t y = 0; y < weights.first.size(); ++y, out += bytes) {
    std::fill(sum.begin(), sum.end(), 0);
    for (int i = 0; i < weights.count[y]; ++i) {
      const uint8_t* row = in + bytes * static_cast<size_t>(weights.first[y] + i - in_top);
      const int32_t k = weights.weight[y * static_cast<size_t>(weights.taps) + static_cast<size_t>(i)];
      for (size_t b = 0; b < bytes; ++b) sum[b] += row[b] * k;
    }
    for (size_t b = 0; b < bytes; ++b) out[b] = rounded(sum[b]);
  }
}

// Columns first, only over the rows that the window needs, rounded to bytes, then rows: Pillow's order. An axis
// that does not change is copied.
Image resize_bilinear(const Image& image, int w, int h, const Window& window) {
  Weights down;
  int top = window.y, rows = window.h;
  if (h != image.h) {
    down = triangle_weights(image.h, h, window.y, window.y + window.h);
    top = down.first.front();
    rows = down.first.back() + down.count.back() - top;
  }
  const size_t in_row = size_t{3} * static_cast<size_t>(image.w),
               out_row = size_t{3} * static_cast<size_t>(window.w);
  const uint8_t* source = image.rgb.data() + in_row * static_cast<size_t>(top);
  std::vector<uint8_t> narrow(out_row * static_cast<size_t>(rows));
  if (w != image.w) {
    filter_rows(source, image.w, rows, triangle_weights(image.w, w, window.x, window.x + window.w), narrow.data());
  } else {
    for (int y = 0; y < rows; ++y)
      std::memcpy(&narrow[out_row * static_cast<size_t>(y)],
                  source + in_row * static_cast<size_t>(y) + 3 * window.x, out_row);
  }
  if (h == image.h) return {window.w, window.h, std::move(narrow)};
  Image out{window.w, window.h, std::vector<uint8_t>(out_row * static_cast<size_t>(window.h))};
  filter_columns(narrow.data(), top, out_row, down, out.rgb.data());
  return out;
}

Image resize_nearest(const Image& image, int w, int h, const Window& window) {
  const std::vector<int> xs = nearest_sources(image.w, w, window.x, window.x + window.w);
  const std::vector<int> ys = nearest_sources(image.h, h, window.y, window.y + window.h);
  Image out{window.w, window.h,
            std::vector<uint8_t>(size_t{3} * static_cast<size_t>(window.w) * static_cast<size_t>(window.h))};
  uint8_t* to = out.rgb.data();
  for (int y : ys) {
    const uint8_t* row = image.rgb.data() + size_t{3} * static_cast<size_t>(image.w) * static_cast<size_t>(y);
    for (int x : xs) {
      std::memcpy(to, row + 3 * x, 3);
      to += 3;
    }
  }
  return out;
}

// Python's round(v / 2): half to even.
int half_to_even(int v) { return v / 2 + (v % 2 != 0 && (v / 2) % 2 != 0); }

}  // namespace

const char* name(Interpolation interpolation) {
  return interpolation == Interpolation::nearest ? "nearest" : "bilinear";
}

Interpolation parse_interpolation(std::string_view text) {
  for (Interpolation i : {Interpolation::nearest, Interpolation::bilinear})
    if (text == name(i)) return i;
  fail(Fault::usage, "no interpolation '{}'; there are: nearest, bilinear", text);
}

Image resize_window(const Image& image, int w, int h, const Window& window, Interpolation interpolation) {
  require(image.w > 0 && image.h > 0 && w > 0 && h > 0, "resize {} x {} to {} x {}", image.w, image.h, w, h);
  require(window.x >= 0 && window.y >= 0 && window.w > 0 && window.h > 0 && window.x <= w - window.w &&
              window.y <= h - window.h,
          "a window outside of {} x {}", w, h);
  return interpolation == Interpolation::nearest ? resize_nearest(image, w, h, window)
                                                 : resize_bilinear(image, w, h, window);
}

Image resize(const Image& image, int w, int h, Interpolation interpolation) {
  return resize_window(image, w, h, {0, 0, w, h}, interpolation);
}

Window center_window(int w, int h, int size) {
  require(size > 0 && w >= size && h >= size, "a centre of {0} x {0} in {1} x {2}", size, w, h);
  return {half_to_even(w - size), half_to_even(h - size), size, size};
}

Image center_crop(const Image& image, int size) {
  return resize_window(image, image.w, image.h, center_window(image.w, image.h, size), Interpolation::nearest);
}

}  // namespace graft
