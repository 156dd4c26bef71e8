// Preprocessing: the presets, the record that is stored with a model, and fitting.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/data/preprocess.h"
#include "tests/kernels/reference_backend.h"

namespace graft::test {
namespace {

using Json = nlohmann::json;

Image gradient(int w, int h) {
  Image image{w, h, {}};
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c : {x * 255 / w, y * 255 / h, (x + y) % 256}) image.rgb.push_back(static_cast<uint8_t>(c));
  return image;
}

std::string complaint(const Json& json) {
  try {
    preprocess_from_json(json);
    return "";
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::data);
    return e.what();
  }
}

}  // namespace

TEST_CASE("preprocessing survives a round trip through JSON exactly") {
  CHECK(preprocess_names() == std::vector<std::string>{"keras-caffe", "torchvision", "tutorial"});
  for (const std::string& name : preprocess_names())
    for (int size : {32, 224, 300}) {
      const Preprocess p = preprocess_preset(name, size);
      const std::string text = to_json(p).dump();
      CHECK(preprocess_from_json(Json::parse(text)) == p);
    }
  CHECK(to_json(preprocess_preset("keras-caffe")).dump().find("[103.939,116.779,123.68]") != std::string::npos);
  CHECK(preprocess_preset("torchvision", 224).short_side == 256);
  CHECK(preprocess_preset("torchvision", 32).short_side == 36);
  CHECK_THROWS_WITH_AS(preprocess_preset("caffe"), doctest::Contains("keras-caffe, torchvision, tutorial"), Error);
}

TEST_CASE("an invalid preprocessing record is refused") {
  const Json good = to_json(preprocess_preset("torchvision"));
  REQUIRE(complaint(good).empty());
  for (const auto& [key, value] : good.items()) {
    Json json = good;
    json.erase(key);
    CHECK(complaint(json).find("'" + key + "' is missing") != std::string::npos);
    json = good;
    json[key] = nullptr;
    CHECK(complaint(json).find("'" + key + "'") != std::string::npos);
  }
  const auto changed = [&](const char* key, Json value) {
    Json json = good;
    json[key] = std::move(value);
    return complaint(json);
  };
  CHECK(changed("gamma", 1).find("unknown field 'gamma'") != std::string::npos);
  CHECK(changed("fit", "letterbox").find("letterbox") != std::string::npos);
  CHECK(changed("interpolation", "cubic").find("cubic") != std::string::npos);
  for (const Json& size : {Json(0), Json(-1), Json(100000), Json(224.5), Json(1e30), Json(uint64_t{1} << 40)})
    CHECK(!changed("size", size).empty());
  CHECK(changed("short_side", 200).find("short_side 200") != std::string::npos);
  CHECK(!changed("mean", Json{1, 2}).empty());
  CHECK(!changed("stddev", Json{1, 0, 1}).empty());
  CHECK(!changed("scale", 0).empty());
  CHECK(!changed("scale", 1e300).empty());  // infinite as f32
  CHECK(complaint(Json::array()) == "preprocessing: not a record");
}

TEST_CASE("stretch fills the square, crop keeps the aspect ratio") {
  Preprocess p = preprocess_preset("tutorial", 20);
  const Image image = gradient(50, 30);
  CHECK(fit_image(image, p).rgb == resize(image, 20, 20, Interpolation::nearest).rgb);
  // Short side 22, so 36 x 22 (22 * 50 / 30 = 36.7), then 20 x 20 at (8, 1).
  p = preprocess_preset("torchvision", 20);
  REQUIRE(p.short_side == 22);
  CHECK(fit_image(image, p).rgb == center_crop(resize(image, 36, 22, Interpolation::bilinear), 20).rgb);
  const Image tall = gradient(30, 50);
  CHECK(fit_image(tall, p).rgb == center_crop(resize(tall, 22, 36, Interpolation::bilinear), 20).rgb);
}

TEST_CASE("extreme shapes need no extreme memory") {
  const Preprocess p = preprocess_preset("torchvision");
  for (auto [w, h] : {std::pair{1, 1}, {65535, 1}, {1, 65535}, {3, 20000}}) {
    const Image out =
        fit_image(gradient(w, h), p);  // 65535 x 1, resized as a whole, would have 256 x 16.8 million pixels
    CHECK(out.rgb.size() == 224 * 224 * 3);
  }
}

TEST_CASE("prepare subtracts each preset's means, in the order of its channels") {
  Device device(reference_backend());
  const std::vector<uint8_t> rgb = {10, 20, 30, 255, 0, 128};
  const Tensor batch = Tensor::from_host(device, Shape{1, 1, 2, 3}, std::span<const uint8_t>(rgb));
  const auto check = [&](const char* preset, const std::vector<float>& expected) {
    CAPTURE(preset);
    const std::vector<float> x = prepare(device, batch, preprocess_preset(preset)).to_host();
    REQUIRE(x.size() == expected.size());
    for (size_t i = 0; i < x.size(); ++i) CHECK(x[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  };
  check("keras-caffe", {30 - 103.939f, 20 - 116.779f, 10 - 123.68f, 128 - 103.939f, 0 - 116.779f, 255 - 123.68f});
  check("tutorial", {10 / 255.f, 20 / 255.f, 30 / 255.f, 1, 0, 128 / 255.f});
  check("torchvision", {(10 / 255.f - .485f) / .229f, (20 / 255.f - .456f) / .224f, (30 / 255.f - .406f) / .225f,
                        (1 - .485f) / .229f, (0 - .456f) / .224f, (128 / 255.f - .406f) / .225f});
}

}  // namespace graft::test
