// Augmentation: random draws, geometry against a slow reference in double, and independence of threads and order.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "engine/base/rng.h"
#include "engine/data/loader.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

Image noise(int w, int h, uint64_t seed) {
  Image image{w, h, {}};
  RandomStream random(seed, Purpose::demo);
  for (int i = 0; i < 3 * w * h; ++i) image.rgb.push_back(static_cast<uint8_t>(random.below(256)));
  return image;
}

uint8_t at(const Image& image, int y, int x, int c) { return image.rgb[size_t((y * image.w + x) * 3 + c)]; }

// Returns the value at any integer position, extended as the comment on Fill defines.
double extended(const Image& image, int y, int x, int c, Fill fill) {
  const auto mirror = [](int i, int n) {
    while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
  };
  const auto nearest = [](int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; };
  if (fill == Fill::reflect) return at(image, mirror(y, image.h), mirror(x, image.w), c);
  return at(image, nearest(y, image.h), nearest(x, image.w), c);
}

// Applies every step of a view separately: crop, zoom, shift, rotation about the centre; then a sum of tent functions.
double slow_pixel(const Image& image, const View& v, int py, int px, int c, Fill fill) {
  const long double oy = (image.h - 1) / 2.0L, ox = (image.w - 1) / 2.0L;
  long double y = py - oy, x = px - ox;
  y = y * v.crop + (1 - v.crop) * oy * v.crop_y, x = x * v.crop + (1 - v.crop) * ox * v.crop_x;
  y *= v.zoom_y, x *= v.zoom_x;
  y += v.shift_y * image.h, x += v.shift_x * image.w;
  const long double turned_y = std::cos(v.angle) * y + std::sin(v.angle) * x;
  const long double turned_x = std::cos(v.angle) * x - std::sin(v.angle) * y;
  y = turned_y + oy, x = turned_x + ox;
  if (fill == Fill::black && (y < 0 || y > image.h - 1 || x < 0 || x > image.w - 1)) return 0;
  long double sum = 0;
  for (int i = int(std::floor(y)) - 1; i <= int(std::floor(y)) + 2; ++i)
    for (int k = int(std::floor(x)) - 1; k <= int(std::floor(x)) + 2; ++k)
      sum += std::max(0.0L, 1 - std::abs(y - i)) * std::max(0.0L, 1 - std::abs(x - k)) *
             extended(image, i, k, c, fill);
  return double(sum);
}

void for_each_pixel(const Image& image, const std::function<void(int, int, int)>& f) {
  for (int y = 0; y < image.h; ++y)
    for (int x = 0; x < image.w; ++x)
      for (int c = 0; c < 3; ++c) f(y, x, c);
}

Image turned(const Image& image, const View& view) { return apply_view(image, view, Fill::nearest); }

}  // namespace

TEST_CASE("augmentations survive a round trip through text; invalid ones are refused") {
  CHECK(augment_names() == std::vector<std::string>{"none", "keras-generator", "medical-gentle"});
  for (const char* text :
       {"none", "keras-generator", "medical-gentle,rotation=5.25,flip-horizontal=1", "none,crop=0.3,fill=reflect",
        "keras-generator,flip-vertical=1,keep-aspect=1,zoom=0.9,shift=0,brightness=1,contrast=0.333333333333333"}) {
    const Augment a = parse_augment(text);
    CHECK(parse_augment(describe(a)) == a);
    CHECK(describe(parse_augment(describe(a))) == describe(a));
    CHECK(a.random() == (std::string(text) != "none"));
  }
  CHECK(parse_augment("medical-gentle,rotation=5").rotation == 5);
  CHECK(describe(Augment{}) == "none");
  for (const char* bad :
       {"", "keras", "none,", "none,rotation", "none,rotation=", "none,rotation=x", "none,rotation=181",
        "none,rotation=-1", "none,rotation=nan", "none,shift=inf", "none,shift=0.1x", "none,zoom=1", "none,crop=0",
        "none,crop=1.1", "none,flip=1", "none,flip-vertical=2", "none,fill=wrap", "none,rotation=1,,", "none "}) {
    CAPTURE(bad);
    try {
      parse_augment(bad);
      FAIL("was accepted");
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::usage);
    }
  }
}

TEST_CASE("draws stay in their ranges, cover them, and depend only on seed, pass and sample") {
  Augment a = parse_augment("keras-generator,brightness=0.3,contrast=0.4,crop=0.5,flip-vertical=1");
  int flips_x = 0, flips_y = 0;
  double angle = 0, shift = 0, low_zoom = 1, high_zoom = 1, low_crop = 1, aspect = 0;
  for (uint64_t i = 0; i < 4000; ++i) {
    const View v = draw_view(a, 7, i / 100, i % 100);
    REQUIRE(std::abs(v.angle) <= 20.001 * std::numbers::pi / 180);
    REQUIRE(std::max(std::abs(v.shift_x), std::abs(v.shift_y)) <= 0.2);
    REQUIRE(std::abs(v.brightness - 1) <= 0.3);
    REQUIRE(std::abs(v.contrast - 1) <= 0.4);
    REQUIRE((v.crop * v.crop >= 0.4999 && v.crop <= 1));
    flips_x += v.flip_x, flips_y += v.flip_y;
    angle = std::max(angle, v.angle), shift = std::max(shift, v.shift_x);
    low_zoom = std::min(low_zoom, v.zoom_x), high_zoom = std::max(high_zoom, v.zoom_y);
    low_crop = std::min(low_crop, v.crop), aspect = std::max(aspect, std::abs(v.zoom_x - v.zoom_y));
  }
  CHECK(std::abs(flips_x - 2000) < 200);
  CHECK(std::abs(flips_y - 2000) < 200);
  CHECK((angle > 0.33 && shift > 0.19 && low_zoom < 0.81 && high_zoom > 1.19 && aspect > 0.3 && low_crop < 0.72));

  const View v = draw_view(a, 7, 3, 5);
  CHECK(v == draw_view(a, 7, 3, 5));
  CHECK(v != draw_view(a, 8, 3, 5));
  CHECK(v != draw_view(a, 7, 5, 3));
  a.shift = 0;  // the others are unchanged
  const View still = draw_view(a, 7, 3, 5);
  CHECK(still.shift_x == 0);
  CHECK((still.angle == v.angle && still.crop_x == v.crop_x && still.flip_y == v.flip_y));
  CHECK(describe(draw_view(Augment{}, 1, 2, 3)) == "unchanged");
}

TEST_CASE("medical-gentle never mirrors, keeps the aspect ratio, and rotates little") {
  const Augment a = parse_augment("medical-gentle");
  CHECK_FALSE((a.flip_vertical || a.flip_horizontal));
  for (uint64_t i = 0; i < 20000; ++i) {
    const View v = draw_view(a, i, i % 7, i);
    REQUIRE_FALSE((v.flip_x || v.flip_y));
    REQUIRE(std::abs(v.angle) <= 10.001 * std::numbers::pi / 180);
    REQUIRE(v.zoom_x == v.zoom_y);
  }
}

TEST_CASE("flips are exact") {
  for (auto [w, h] : {std::pair{1, 1}, {2, 1}, {1, 5}, {7, 4}, {8, 8}, {13, 9}}) {
    const Image image = noise(w, h, 1);
    const Image x = turned(image, {.flip_x = true}), y = turned(image, {.flip_y = true});
    for_each_pixel(image, [&](int i, int k, int c) {
      REQUIRE(at(x, i, k, c) == at(image, i, image.w - 1 - k, c));
      REQUIRE(at(y, i, k, c) == at(image, image.h - 1 - i, k, c));
    });
    CHECK(turned(x, {.flip_x = true}).rgb == image.rgb);
    CHECK(turned(x, {.flip_y = true}).rgb == turned(image, {.flip_x = true, .flip_y = true}).rgb);
    CHECK(turned(image, {}).rgb == image.rgb);
  }
}

TEST_CASE("quarter turns and whole shifts move pixels exactly") {
  const Image image = noise(9, 9, 2);
  const Image quarter = turned(image, {.angle = std::numbers::pi / 2});
  const Image half = turned(image, {.angle = std::numbers::pi});
  const Image shifted = apply_view(image, {.shift_y = 2.0 / 9, .shift_x = -1.0 / 9}, Fill::black);
  for_each_pixel(image, [&](int y, int x, int c) {
    // Position (x, y) of the view shows R (x, y), R = [cos -sin; sin cos].
    REQUIRE(at(quarter, y, x, c) == at(image, x, 8 - y, c));
    REQUIRE(at(half, y, x, c) == at(image, 8 - y, 8 - x, c));
    const bool inside = y + 2 < 9 && x - 1 >= 0;
    REQUIRE(at(shifted, y, x, c) == (inside ? at(image, y + 2, x - 1, c) : 0));
  });
}

TEST_CASE("geometry agrees with a slow reference in double") {
  const Augment wild = parse_augment("none,rotation=180,shift=0.6,zoom=0.7,crop=0.1");
  int64_t compared = 0;
  for (auto [w, h] : {std::pair{1, 1}, {1, 7}, {16, 16}, {17, 17}, {23, 11}, {32, 31}})
    for (Fill fill : {Fill::nearest, Fill::reflect, Fill::black})
      for (uint64_t i = 0; i < 12; ++i) {
        const Image image = noise(w, h, i);
        const View v = draw_view(i % 3 ? wild : parse_augment("keras-generator"), 5, i, uint64_t(w * h));
        const View geometry = {.angle = v.angle,
                               .shift_y = v.shift_y,
                               .shift_x = v.shift_x,
                               .zoom_y = v.zoom_y,
                               .zoom_x = v.zoom_x,
                               .crop = v.crop,
                               .crop_y = v.crop_y,
                               .crop_x = v.crop_x};
        const Image fast = apply_view(image, geometry, fill);
        REQUIRE((fast.w == w && fast.h == h));
        for_each_pixel(image, [&](int y, int x, int c) {
          const double slow = slow_pixel(image, geometry, y, x, c, fill);
          if (std::abs(at(fast, y, x, c) - slow) > 0.5 + 1e-6)
            FAIL(describe(v), " at ", y, ", ", x, ": ", int(at(fast, y, x, c)), " for ", slow);
          ++compared;
        });
      }
  CHECK(compared > 50000);
}

TEST_CASE("geometry is that of Keras' ImageDataGenerator") {
  struct Case {
    double degrees, shift_y, shift_x, zoom_y, zoom_x;
    Fill fill;
    bool flip_x, flip_y;
  };
  const Case cases[] = {{0, 0.2, -0.1, 1, 1, Fill::nearest, false, false},
                        {20, 0, 0, 1, 1, Fill::nearest, false, false},
                        {-75, 0, 0, 1, 1, Fill::reflect, false, false},
                        {0, 0, 0, 0.8, 1.2, Fill::nearest, false, false},
                        {12, 0.15, 0.2, 1.1, 0.85, Fill::nearest, true, false},
                        {12, 0.15, 0.2, 1.1, 0.85, Fill::reflect, false, true},
                        {12, 0.15, 0.2, 1.1, 0.85, Fill::black, true, true},
                        {170, -0.3, 0.4, 1.9, 0.3, Fill::black, false, false},
                        {170, -0.3, 0.4, 1.9, 1.7, Fill::nearest, false, false}};
  Image image{13, 13, {}};
  for (uint32_t s = 1313; image.rgb.size() < 3 * 13 * 13;) {
    s = s * 1664525u + 1013904223u;
    image.rgb.push_back(static_cast<uint8_t>(s >> 24));
  }
  const Npy golden = read_npy(golden_folder() / "augment.npy");
  REQUIRE(golden.values.size() == std::size(cases) * image.rgb.size());
  for (size_t k = 0; k < std::size(cases); ++k) {
    const Case& c = cases[k];
    const View view = {.flip_x = c.flip_x,
                       .flip_y = c.flip_y,
                       .angle = c.degrees * std::numbers::pi / 180,
                       .shift_y = c.shift_y,
                       .shift_x = c.shift_x,
                       .zoom_y = c.zoom_y,
                       .zoom_x = c.zoom_x};
    const Image ours = apply_view(image, view, c.fill);
    for (size_t i = 0; i < ours.rgb.size(); ++i)
      if (std::abs(ours.rgb[i] - golden.values[k * ours.rgb.size() + i]) > 0.501)
        FAIL("case ", k, ", byte ", i, ": ", int(ours.rgb[i]), ", Keras ", golden.values[k * ours.rgb.size() + i]);
  }
}

TEST_CASE("brightness multiplies, contrast scales about the mean gray") {
  const Image image = noise(12, 5, 3);
  double mean = 0;
  for (size_t i = 0; i < image.rgb.size(); i += 3)
    mean += (0.299 * image.rgb[i] + 0.587 * image.rgb[i + 1] + 0.114 * image.rgb[i + 2]) / 60;
  for (double factor : {0.0, 0.5, 1.25, 2.0}) {
    const Image bright = turned(image, {.brightness = factor}), contrast = turned(image, {.contrast = factor});
    for (size_t i = 0; i < image.rgb.size(); ++i) {
      REQUIRE(std::abs(bright.rgb[i] - std::min(255.0, factor * image.rgb[i])) <= 0.5);
      const double expected = std::clamp(mean + factor * (image.rgb[i] - mean), 0.0, 255.0);
      REQUIRE(std::abs(contrast.rgb[i] - expected) <= 0.5001);
    }
  }
}

TEST_CASE("a loader returns the views of its samples, for any number of threads") {
  const Scratch scratch;
  std::vector<Sample> samples;
  for (int i = 0; i < 17; ++i) {
    samples.push_back({scratch.path() / (std::to_string(i) + ".png"), i % 2});
    write_png(samples.back().path, noise(20, 14, uint64_t(i)));
  }
  const Preprocess preprocess = preprocess_preset("tutorial", 16);
  LoaderOptions options{
      .augment = parse_augment("keras-generator,brightness=0.2,crop=0.5"), .seed = 3, .view_set = 2};
  const std::vector<int> order = shuffled(17, 1, 0);
  const auto load = [&](const LoaderOptions& o) {
    std::vector<uint8_t> all;
    Loader loader(samples, order, 4, preprocess, o);
    for (Batch batch; loader.next(batch);) all.insert(all.end(), batch.rgb.begin(), batch.rgb.end());
    return all;
  };
  std::vector<uint8_t> expected, plain;
  for (int s : order) {
    const Image fitted = fit_image(decode_image(samples[size_t(s)].path), preprocess);
    const Image view = apply_view(fitted, draw_view(options.augment, 3, 2, uint64_t(s)), options.augment.fill);
    expected.insert(expected.end(), view.rgb.begin(), view.rgb.end());
    plain.insert(plain.end(), fitted.rgb.begin(), fitted.rgb.end());
  }
  for (int threads : {1, 2, 4, 9}) {
    options.threads = threads;
    CHECK(load(options) == expected);
  }
  CHECK(load({}) == plain);
  options.view_set = 3;
  CHECK(load(options) != expected);
}

}  // namespace graft::test
