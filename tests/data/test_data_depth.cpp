// Images of more than 8 bits: the conversion of their values, and warnings if little of them would remain visible.
#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/audit/audit.h"
#include "engine/data/preprocess.h"
#include "kernels/api/error.h"
#include "tests/support/deep_files.h"
#include "tests/support/faulty_dataset.h"

namespace graft::test {
namespace {

using Values = std::vector<uint16_t>;

Image decode(const std::string& bytes, const std::optional<Levels>& levels = {}, DeepValues* values = nullptr) {
  return decode_image({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "x",
                      {.levels = levels, .values = values});
}

// Noise from low to high, in blocks, dissimilar for different seeds.
Values noise(int low, int high, uint64_t seed) {
  const Image blocks = tiles(seed);
  Values values;
  RandomStream random(seed, Purpose::demo, 1);
  for (size_t i = 0; i < 64 * 64; ++i) {
    const double v = (blocks.rgb[3 * i] * 15 + double(random.below(256))) / (255 * 16);
    values.push_back(static_cast<uint16_t>(std::lround(low + v * (high - low))));
  }
  values[0] = uint16_t(low), values[1] = uint16_t(high);
  return values;
}

Depth depth(const Values& pixels, const std::optional<Levels>& levels = {}) {
  DeepValues values;
  decode(deep_png(64, 64, 1, pixels), levels, &values);
  return depth_of(values, levels);
}

// Returns the verdict on images of these ranges.
DepthVerdict verdict(const std::vector<std::pair<int, int>>& ranges, const std::optional<Levels>& levels = {}) {
  std::vector<Depth> depths;
  for (const auto& [low, high] : ranges) depths.push_back(depth(noise(low, high, depths.size()), levels));
  return judge(depths);
}

}  // namespace

TEST_CASE("16-bit values are converted to 8 bits by the levels, or by the high byte without levels") {
  const Values values = {0, 255, 256, 1000, 2047, 2048, 4095, 65535};
  const std::vector<uint8_t> high = {0, 0, 1, 3, 7, 8, 15, 255}, twelve = {0, 16, 16, 62, 127, 128, 255, 255};
  const auto expect = [](const Image& image, const std::vector<uint8_t>& gray) {
    REQUIRE(image.rgb.size() == 3 * gray.size());
    for (size_t i = 0; i < image.rgb.size(); ++i) CHECK(image.rgb[i] == gray[i / 3]);
  };
  const Levels bits12{0, 4095};
  Values with_alpha, colours, all;
  for (const uint16_t v : values) {
    with_alpha.insert(with_alpha.end(), {v, 7});
    colours.insert(colours.end(), {v, v, v});
    all.insert(all.end(), {v, v, v, 60000});
  }
  for (const auto& [channels, samples] :
       {std::pair<int, Values>{1, values}, {2, with_alpha}, {3, colours}, {4, all}}) {
    CAPTURE(channels);
    DeepValues found;
    expect(decode(deep_png(4, 2, channels, samples)), high);
    expect(decode(deep_png(4, 2, channels, samples), bits12, &found), twelve);
    CHECK(found.count[4095] == (channels < 3 ? 1 : 3));
    CHECK(found.count[7] == 0);  // alpha
    CHECK(found.count[60000] == 0);
  }
  expect(decode(deep_pgm(4, 2, 65535, values), bits12), twelve);
  expect(decode(deep_pgm(3, 1, 4095, {0, 2048, 4095})), {0, 128, 255});  // by its own maximum
  expect(decode(deep_png(3, 1, 1, {100, 200, 300}), Levels{100, 300}), {0, 128, 255});
  DeepValues none;
  CHECK(decode("P5 2 1 255\n\x10\x20", bits12, &none).rgb == std::vector<uint8_t>{16, 16, 16, 32, 32, 32});
  CHECK(none.count.empty());
}

TEST_CASE("levels are part of the preprocessing, but only if given") {
  Preprocess p = preprocess_preset("keras-caffe");
  CHECK_FALSE(to_json(p).contains("levels"));
  p.levels = Levels{10, 4095};
  const nlohmann::json json = to_json(p);
  CHECK(json.at("levels") == nlohmann::json{10, 4095});
  CHECK(preprocess_from_json(json) == p);
  for (const char* wrong : {"[1]", "[5,5]", "[-1,9]", "[0,65536]", "[0.5,9]", "\"0,9\"", "null"}) {
    nlohmann::json other = json;
    other["levels"] = nlohmann::json::parse(wrong);
    CAPTURE(wrong);
    CHECK_THROWS_WITH_AS(preprocess_from_json(other), doctest::Contains("levels"), Error);
  }
  const Scratch scratch;
  write_text(scratch.path() / "x.png", deep_png(64, 64, 1, Values(64 * 64, 4095)));
  CHECK(read_image(scratch.path() / "x.png", p).rgb[0] == 255);
  p.levels = {};
  CHECK(read_image(scratch.path() / "x.png", p).rgb[0] == 15);
}

TEST_CASE("bits and ranges are parsed strictly") {
  CHECK_FALSE(parse_levels(0, ""));
  CHECK(parse_levels(12, "") == Levels{0, 4095});
  CHECK(parse_levels(0, "31768,35864") == Levels{31768, 35864});
  for (const char* wrong :
       {"5", "5,", ",5", "5,5", "9,5", "-1,5", "0,65536", "1.5,3", "a,b", "1,2,3", "0 5", "0,5x"}) {
    CAPTURE(wrong);
    try {
      parse_levels(0, wrong);
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::usage);
    }
  }
}

TEST_CASE("a set of which little would be seen is told from one that is dark here and there") {
  const auto said = [](const Advice& mend) { return fmt::format("{} {}", mend.key, fmt::join(mend.values, ",")); };
  const auto mend = [&](const std::vector<std::pair<int, int>>& ranges) { return said(verdict(ranges).mend); };
  CHECK(verdict({{0, 65535}, {100, 60000}, {0, 21000}}).flat.empty());
  CHECK(verdict({{0, 40000}}).flat.empty());
  CHECK(verdict({{0, 4095}, {0, 3900}}).flat == std::vector<size_t>{0, 1});
  CHECK(mend({{0, 4095}, {0, 3900}}) == "deep-bits 12");
  CHECK(mend({{0, 16383}}) == "deep-bits 14");
  CHECK(mend({{0, 32767}}) == "deep-bits 15");
  CHECK(mend({{0, 255}}) == "deep-range 0,255");              // 8 bits in 16
  CHECK(mend({{31768, 35864}}) == "deep-range 31768,35864");  // signed values, moved up
  CHECK(mend({{64000, 65535}}) == "deep-range 64000,65535");
  // 12 bits from one source, 16 from another: no range suits both.
  const DepthVerdict mixed = verdict({{0, 65535}, {0, 4095}, {0, 65535}});
  CHECK(mixed.flat == std::vector<size_t>{1});
  CHECK(mixed.mend.key.empty());
  // A marker, or what lies outside of the field of view, in white: it is no part of the range.
  Values marked = noise(0, 4095, 1);
  for (size_t i = 100; i < 700; ++i) marked[i] = 65535;
  const Depth with_marker = depth(marked);
  CHECK(judge({&with_marker, 1}).flat.size() == 1);
  CHECK(said(judge({&with_marker, 1}).mend) == "deep-bits 12");
  // What is bright and rare in the picture is part of it.
  Values spots = noise(1200, 1600, 2);
  for (size_t i = 100; i < 130; ++i) spots[i] = 3400;
  const Depth with_spots = depth(spots);
  CHECK(said(judge({&with_spots, 1}).mend) == "deep-bits 12");
  // Few values are no loss: a mask, a drawing.
  Values mask(64 * 64, 0);
  std::fill(mask.begin(), mask.begin() + 99, uint16_t{65535});
  const Depth two = depth(mask);
  CHECK(judge({&two, 1}).flat.empty());
  const DepthVerdict cut = verdict({{0, 4095}, {0, 900}}, Levels{0, 1023});
  CHECK(cut.flat.empty());
  CHECK(cut.cut_off == 1);
  CHECK(cut.most_cut_off > 0.5);
  CHECK(verdict({{0, 4095}}, Levels{0, 4095}).cut_off == 0);
  CHECK(verdict({{0, 900}}, Levels{0, 4095}).flat.size() == 1);  // an option that does not correct it
}

TEST_CASE("the warning before training is one line, from a sample of the readable files") {
  const FaultyDataset p;
  std::vector<std::filesystem::path> files;
  const auto add = [&](const std::string& name, const std::string& bytes) {
    p.file(name, bytes);
    files.push_back(p.at(name));
  };
  add("train/a/eight.pgm", "P5 2 1 255\n\1\2");
  add("train/a/none.png", "nothing");
  CHECK(depth_warning(files, {}).text == "");
  for (int i = 0; i < 3; ++i)
    add("train/a/" + std::to_string(i) + ".png", deep_png(64, 64, 1, noise(0, 4095, uint64_t(i))));
  add("train/a/broken.png", deep_png(64, 64, 1, noise(0, 4095, 3)).substr(0, 500));
  add("train/a/x.pgm", deep_pgm(64, 64, 65535, noise(5, 4000, 9)));
  const Note warning = depth_warning(files, {});
  CHECK(warning.text ==
        "4 of 4 images of more than 8 bits have values of 0 to 4095, which become only 0 to 15 of 255");
  CHECK(warning.advice.key == "deep-bits");
  CHECK(depth_warning(files, {}, true).advice.key.empty());
  CHECK(depth_warning(files, {}, true)
            .text.find(
                "right only if the model was trained on images that were stored alike; else scale these as those "
                "were") != std::string::npos);
  CHECK(depth_warning(files, Levels{0, 4095}).text == "");
  CHECK(depth_warning(files, Levels{0, 4090}).text.find("4 of 4 images") == std::string::npos);
  CHECK(depth_warning(files, Levels{0, 4090})
            .text.find("3 of 4 images of more than 8 bits have values outside of 0 to 4090") != std::string::npos);
}

TEST_CASE("negative values stored as unsigned, and markers far above the range, are named as such") {
  const FaultyDataset p;
  const auto warning = [&](Values values) {
    p.file("x.png", deep_png(64, 64, 1, values));
    return depth_warning({p.at("x.png")}, {});
  };
  Values wrapped = noise(0, 3000, 1);
  for (size_t i = 0; i < wrapped.size() / 3; ++i) wrapped[i] = static_cast<uint16_t>(65535 - wrapped[i] % 1000);
  CHECK(warning(wrapped).text.find(
            "have values at both ends of 16 bits: negative numbers were stored without a sign") !=
        std::string::npos);
  CHECK(warning(wrapped).advice.key.empty());                       // no levels mend it
  for (uint16_t& v : wrapped) v = static_cast<uint16_t>(v + 1024);  // exported again
  CHECK(warning(wrapped).advice.values == std::vector<std::string>{"12"});
  Values marked = noise(0, 4095, 2);
  for (size_t i = 0; i < 60; ++i) marked[i] = 65535;
  marked[100] = 0, marked[101] = 4095;
  CHECK(warning(marked).advice.key == "deep-bits");
  CHECK(warning(marked).text ==
        "1 of 1 images of more than 8 bits have values of 0 to 4095 (apart from a few pixels far off, with up to "
        "65535), "
        "of which little is seen");
  for (int i = 0; i < 20; ++i)
    p.file(std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png",
           deep_png(64, 64, 1, noise(0, 65535, uint64_t(i))));
  std::filesystem::copy(p.at("x.png"), p.at("train/a/1.png"), std::filesystem::copy_options::overwrite_existing);
  const AuditReport report = audit_data(p.path() / "data", {}, [](int64_t, int64_t) { return true; });
  REQUIRE(report.findings[0].code == "deep-range");
  CHECK(report.findings[0].detail.find("values of 0 to 4095 (apart from a few pixels") == 0);
}

TEST_CASE("check distinguishes 12 bits in 16 from 16, and does not take dark images for copies") {
  const FaultyDataset p;
  for (int i = 0; i < 24; ++i)
    p.file(std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png",
           deep_png(64, 64, 1, noise(0, 4095, uint64_t(i))));
  const auto codes = [&](const AuditOptions& options) {
    std::map<std::string, int> counts;
    for (const Finding& f : audit_data(p.path() / "data", options, [](int64_t, int64_t) { return true; }).findings)
      ++counts[f.code];
    return counts;
  };
  CHECK(codes({}) == std::map<std::string, int>{{"deep-range", 24}});
  CHECK(codes({.levels = Levels{0, 4095}}) == std::map<std::string, int>{{"deep", 24}});
  CHECK(codes({.levels = Levels{0, 2000}}).at("deep-cut-off") == 24);
  // Values below 256 become black, but the images are not copies of each other.
  const FaultyDataset black;
  for (int i = 0; i < 20; ++i)
    black.file(std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png",
               deep_png(64, 64, 1, noise(0, 200, uint64_t(i))));
  const AuditReport report = audit_data(black.path() / "data", {}, [](int64_t, int64_t) { return true; });
  CHECK(report.findings.size() == 20);
  CHECK(report.findings[0].code == "deep-range");
  CHECK(report.findings[0].detail == "values of 0 to 200 become 0 to 0 of 255");
  CHECK(report.findings[0].advice.values == std::vector<std::string>{"0", "200"});
}

TEST_CASE("check names 8-bit images that are nearly black") {
  const FaultyDataset p;
  for (int i = 0; i < 20; ++i) {
    Image image = tiles(uint64_t(i));
    if (i == 3)
      for (uint8_t& v : image.rgb) v /= 16;
    p.image(std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".png", image);
  }
  const AuditReport report = audit_data(p.path() / "data", {}, [](int64_t, int64_t) { return true; });
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].code == "dark");
  CHECK(report.findings[0].paths[0] == "train/a/3.png");
}

TEST_CASE("check reports tolerated damage") {
  const FaultyDataset p;
  for (int i = 0; i < 20; ++i)
    p.file(std::string("train/") + (i % 2 ? "a/" : "b/") + std::to_string(i) + ".jpg",
           encode_jpeg(tiles(uint64_t(i)), 90));
  const std::string jpeg = p.bytes("train/a/1.jpg");
  p.file("train/a/1.jpg", jpeg.substr(0, jpeg.size() - 2));
  const AuditReport report = audit_data(p.path() / "data", {}, [](int64_t, int64_t) { return true; });
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].severity == Severity::note);
  CHECK(report.findings[0].code == "tolerated");
  CHECK(report.findings[0].paths[0] == "train/a/1.jpg");
  CHECK(report.findings[0].detail == "its end marker is missing; its picture is whole");
}

}  // namespace graft::test
