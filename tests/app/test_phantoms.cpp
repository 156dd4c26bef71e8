// Phantoms: a pure function of the seed, correct masks, and no class that brightness alone would reveal.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>

#include "kernels/api/error.h"
#include "tests/support/scratch.h"
#include "tools/phantoms/phantom.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

double mean(const std::vector<uint8_t>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / double(v.size()); }

std::map<fs::path, std::string> files_below(const fs::path& root) {
  std::map<fs::path, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[fs::relative(entry.path(), root)] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

}  // namespace

TEST_CASE("phantoms: the image is a function of the arguments") {
  const Phantom a = draw_phantom(Lesion::ring, 7, 3, 61), b = draw_phantom(Lesion::ring, 7, 3, 61);
  CHECK(a.image.rgb == b.image.rgb);
  CHECK(a.mask.rgb == b.mask.rgb);
  CHECK(a.image.rgb != draw_phantom(Lesion::ring, 8, 3, 61).image.rgb);
  CHECK(a.image.rgb != draw_phantom(Lesion::ring, 7, 4, 61).image.rgb);
  CHECK(a.image.w == 61);
  CHECK(a.image.h == 61);
}

TEST_CASE("phantoms: a mask marks a plausible share of the image exactly when there is a lesion") {
  for (uint64_t index = 0; index < 20; ++index)
    for (const Lesion lesion : {Lesion::none, Lesion::ring, Lesion::meningeal, Lesion::sellar}) {
      CAPTURE(index);
      CAPTURE(static_cast<int>(lesion));
      const Phantom drawn = draw_phantom(lesion, 1, index, 64);
      const double share = mean(drawn.mask.rgb) / 255;
      if (lesion == Lesion::none) {
        CHECK(share == 0);
      } else {
        CHECK(share > 0.002);
        CHECK(share < 0.12);
      }
      CHECK(
          std::all_of(drawn.mask.rgb.begin(), drawn.mask.rgb.end(), [](uint8_t v) { return v == 0 || v == 255; }));
    }
}

TEST_CASE("phantoms: a lesion is clearly visible inside its mask") {
  // The lesion is drawn last from its own random numbers, so a sellar one and a healthy low slice share the rest.
  int differing = 0;
  for (uint64_t index = 0; index < 10; ++index) {
    const Phantom sick = draw_phantom(Lesion::ring, 5, index, 64), well = draw_phantom(Lesion::none, 5, index, 64);
    double inside = 0, marked = 0;
    for (size_t i = 0; i < sick.mask.rgb.size(); ++i)
      if (sick.mask.rgb[i]) inside += std::abs(sick.image.rgb[i] - well.image.rgb[i]), ++marked;
    differing += inside / marked > 15;
  }
  CHECK(differing == 10);
}

TEST_CASE("phantoms: the mean intensity hardly predicts the class") {
  constexpr int kImages = 60;  // per class, half of them for training
  std::array<double, 4> center{};
  std::array<std::vector<double>, 4> means;
  for (int kind = 0; kind < 4; ++kind) {
    for (int i = 0; i < kImages; ++i)
      means[kind].push_back(mean(draw_phantom(Lesion{kind}, 2, i * 4 + kind, 48).image.rgb));
    center[kind] = std::accumulate(means[kind].begin(), means[kind].begin() + kImages / 2, 0.0) / (kImages / 2);
  }
  int right = 0;
  for (int kind = 0; kind < 4; ++kind)
    for (int i = kImages / 2; i < kImages; ++i) {
      const auto nearer = [&](double a, double b) {
        return std::abs(a - means[kind][i]) < std::abs(b - means[kind][i]);
      };
      right += std::min_element(center.begin(), center.end(), nearer) - center.begin() == kind;
    }
  const double accuracy = right / (4.0 * kImages / 2);
  MESSAGE("nearest mean intensity: accuracy " << accuracy << ", chance 0.25");
  CHECK(accuracy < 0.4);
}

TEST_CASE("phantoms: a set has the requested counts, is deterministic, and is a prefix of larger sets") {
  const Scratch scratch;
  write_phantom_set(scratch.path() / "a", {.train = 8, .test = 5, .seed = 3, .size = 16});
  write_phantom_set(scratch.path() / "b", {.train = 8, .test = 5, .seed = 3, .size = 16});
  write_phantom_set(scratch.path() / "c", {.train = 10, .test = 6, .seed = 3, .size = 16});
  const auto a = files_below(scratch.path() / "a"), b = files_below(scratch.path() / "b"),
             c = files_below(scratch.path() / "c");
  CHECK(a.size() == 2 * (8 + 5));
  CHECK(a.count("train/ring/ring_0001.png") == 1);
  CHECK(a.count("masks/test/no_lesion/no_lesion_0001.png") == 1);
  CHECK(a == b);
  CHECK(c.size() == 2 * (10 + 6));
  for (const auto& [name, bytes] : a) CHECK(c.at(name) == bytes);
}

TEST_CASE("phantoms: nothing is overwritten, and wrong numbers are usage errors") {
  const Scratch scratch;
  CHECK_THROWS_AS(write_phantom_set(scratch.path(), {}), Error);
  CHECK_THROWS_AS(write_phantom_set(scratch.path() / "a", {.train = -1}), Error);
  CHECK_THROWS_AS(write_phantom_set(scratch.path() / "a", {.train = 4, .size = 0}), Error);
  CHECK_THROWS_AS(draw_phantom(Lesion::none, 1, 1, 5000), Error);
  CHECK_FALSE(fs::exists(scratch.path() / "a"));
}
