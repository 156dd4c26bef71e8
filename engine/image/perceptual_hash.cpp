#include "engine/image/perceptual_hash.h"

#include <algorithm>
#include <cmath>

#include "engine/image/resize.h"

namespace graft {
namespace {

constexpr int kColumns = 17, kRows = 16;

}  // namespace

PerceptualHash perceptual_hash(const Image& image) {
  const Image small = resize(image, kColumns, kRows, Interpolation::bilinear);
  PerceptualHash image_hash;
  for (size_t i = 0; i < image_hash.gray.size(); ++i)
    image_hash.gray[i] = static_cast<uint8_t>(
        (299 * small.rgb[3 * i] + 587 * small.rgb[3 * i + 1] + 114 * small.rgb[3 * i + 2] + 500) / 1000);
  for (size_t bit = 0; bit < 256; ++bit) {
    const size_t at = bit / 16 * kColumns + bit % 16;
    if (image_hash.gray[at + 1] > image_hash.gray[at] + 1) image_hash.hash[bit / 64] |= uint64_t{1} << bit % 64;
  }
  return image_hash;
}

double difference(const PerceptualHash& a, const PerceptualHash& b) {
  int64_t sum = 0, squares = 0;
  for (size_t i = 0; i < a.gray.size(); ++i) {
    const int d = a.gray[i] - b.gray[i];
    sum += d, squares += d * d;
  }
  const auto n = static_cast<double>(a.gray.size()), mean = static_cast<double>(sum) / n;
  return std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean));
}

}  // namespace graft
