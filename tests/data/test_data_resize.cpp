// Resizing against Pillow, bit for bit (golden/make_images.py), and windows against the whole.
#include <doctest/doctest.h>

#include <fstream>

#include "engine/base/hash.h"
#include "engine/image/resize.h"
#include "kernels/api/error.h"
#include "tests/support/places.h"

namespace graft::test {
namespace {

std::string digest(const Image& image) {
  return sha256(std::as_bytes(std::span(image.rgb.data(), image.rgb.size())));
}

// The formula is in golden/make_images.py.
Image noise(int w, int h) {
  Image image{w, h, std::vector<uint8_t>(size_t{3} * static_cast<size_t>(w) * static_cast<size_t>(h))};
  uint32_t state = static_cast<uint32_t>(w) * 65536 + static_cast<uint32_t>(h);
  for (uint8_t& byte : image.rgb) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

Image cut(const Image& image, const Window& window) {
  Image out{window.w, window.h, {}};
  for (int y = window.y; y < window.y + window.h; ++y) {
    const uint8_t* row = image.rgb.data() + 3 * (static_cast<int64_t>(y) * image.w + window.x);
    out.rgb.insert(out.rgb.end(), row, row + 3 * window.w);
  }
  return out;
}

}  // namespace

TEST_CASE("resizing is bitwise equal to Pillow") {
  std::ifstream goldens(golden_folder() / "images/resize.txt");
  int w, h, out_w, out_h, count = 0;
  std::string filter, expected;
  while (goldens >> w >> h >> out_w >> out_h >> filter >> expected) {
    INFO(w, " x ", h, " to ", out_w, " x ", out_h, " ", filter);
    const Image out = resize(noise(w, h), out_w, out_h, parse_interpolation(filter));
    CHECK(out.w == out_w);
    CHECK(out.h == out_h);
    CHECK(digest(out) == expected);
    ++count;
  }
  CHECK(count >= 70);
}

TEST_CASE("a resized window equals that part of the resized whole") {
  const Image image = noise(61, 47);
  for (Interpolation interpolation : {Interpolation::nearest, Interpolation::bilinear})
    for (auto [w, h] : {std::pair{61, 47}, {30, 47}, {61, 23}, {20, 90}, {122, 94}, {7, 7}}) {
      const Image whole = resize(image, w, h, interpolation);
      for (const Window& window : {Window{0, 0, w, h}, {1, 2, 3, 4}, {w - 1, h - 1, 1, 1}, {0, h - 5, w, 5}}) {
        INFO(w, " x ", h, " at ", window.x, " ", window.y, " ", name(interpolation));
        CHECK(resize_window(image, w, h, window, interpolation).rgb == cut(whole, window).rgb);
      }
    }
}

TEST_CASE("the centre crop rounds half to even, as in torchvision") {
  // int(round((w - size) / 2.0)) of Python, for remainders 0 ... 7.
  constexpr int kExpected[] = {0, 0, 1, 2, 2, 2, 3, 4};
  for (int extra = 0; extra < 8; ++extra) {
    CHECK(center_window(10 + extra, 10, 10).x == kExpected[extra]);
    CHECK(center_window(10, 10 + extra, 10).y == kExpected[extra]);
  }
  const Image image = noise(13, 12);
  CHECK(center_crop(image, 6).rgb == cut(image, {4, 3, 6, 6}).rgb);
  CHECK_THROWS_AS(center_crop(image, 13), Error);
}

TEST_CASE("interpolations are parsed by name") {
  CHECK(parse_interpolation("bilinear") == Interpolation::bilinear);
  CHECK_THROWS_WITH_AS(parse_interpolation("cubic"), doctest::Contains("nearest, bilinear"), Error);
}

}  // namespace graft::test
