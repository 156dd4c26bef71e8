// Masks among the images, found by content: JPEGs of two colours, classes named like masks, and the messages of split.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/audit/audit.h"
#include "engine/data/split.h"
#include "engine/image/inspect.h"
#include "kernels/api/error.h"
#include "tests/support/faulty_dataset.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

// A disc on black.
Image disc(int radius, uint8_t value = 255) {
  Image image{96, 80, std::vector<uint8_t>(size_t{3} * 96 * 80, 0)};
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 96; ++x)
      if ((x - 40) * (x - 40) + (y - 38) * (y - 38) < radius * radius)
        for (int c = 0; c < 3; ++c) image.rgb[size_t(3 * (96 * y + x) + c)] = value;
  return image;
}

struct Fixture : FaultyDataset {
  fs::path data = path() / "data";
  bool two_valued(const std::string& bytes) const {
    file("x", bytes);
    return inspect_image(at("x"), InspectDepth::pixels).two_valued;
  }
  Note check_says() const {
    const AuditReport report = audit_data(data, {}, [](int64_t, int64_t) { return true; });
    const auto found = std::ranges::find(report.findings, "masks", &Finding::code);
    return found == report.findings.end() ? Note() : Note(found->detail, found->advice);
  }
  Note split_says() const {
    const std::vector<double> shares = {0.5, 0.5};
    for (const Note& warning : plan_split(data, {}, "", shares, 1).warnings)
      if (warning.text.find("masks") != std::string::npos) return warning;
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a mask saved as JPEG has two values plus noise, unlike dark and soft images") {
  for (const int quality : {60, 75, 90, 95}) {
    CAPTURE(quality);
    CHECK(two_valued(encode_jpeg(disc(20), quality)));
    CHECK(two_valued(encode_jpeg(disc(9, 180), quality)));
    CHECK_FALSE(two_valued(encode_jpeg(tiles(7), quality)));
  }
  Image soft = disc(30), dark = tiles(3);
  for (int p = 0; p < 96 * 80; ++p) {
    const int x = p % 96;
    for (int c = 0; c < 3; ++c) soft.rgb[size_t(3 * p + c)] = static_cast<uint8_t>(x * 2);
  }
  for (uint8_t& v : dark.rgb) v /= 16;
  CHECK_FALSE(two_valued(encode_jpeg(soft, 90)));
  CHECK_FALSE(two_valued(encode_jpeg(dark, 90)));
}

TEST_CASE_FIXTURE(Fixture, "masks as JPEG next to their images are found") {
  for (int i = 0; i < 12; ++i) {
    const std::string name = std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i);
    image(name + ".png", uint64_t(i)).file(name + "_lesion.jpg", encode_jpeg(disc(10 + i), 90));
  }
  CHECK(check_says().text.find("12 of 24 files look like masks of other images") == 0);
}

TEST_CASE_FIXTURE(Fixture, "check and split report a class of masks under any common name") {
  for (const std::string masks : {"train/masks", "train/image_mask"})
    for (const std::string below : {"/", "/cat/"}) {
      CAPTURE(masks);
      fs::remove_all(data);
      for (int i = 0; i < 12; ++i) {
        const std::string name = below + std::to_string(i) + ".png";
        image("train/images" + name, uint64_t(i)).image(masks + name, disc(10 + i));
      }
      const std::string name = masks.substr(6);
      for (const Note& said : {check_says(), split_says()}) {
        CHECK_MESSAGE(said.text.find("12 of 24 files look like masks of other images") == 0, said.text);
        CHECK(said.advice.key == "exclude-all");
        CHECK(said.advice.values == std::vector{name});
      }
    }
  fs::remove_all(data);
  for (int i = 0; i < 12; ++i)  // people with masks
    image("train/with_mask/" + std::to_string(i) + ".png", uint64_t(i))
        .image("train/without_mask/" + std::to_string(i) + ".png", uint64_t(100 + i));
  CHECK(check_says().text.empty());
  CHECK(split_says().text.empty());
}

}  // namespace graft::test
