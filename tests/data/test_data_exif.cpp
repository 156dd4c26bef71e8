// EXIF orientation: all eight in JPEG and PNG files, in both byte orders, through decoding, loading and the record of
// preprocessing; and damaged or hostile structures.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/data/loader.h"
#include "engine/data/preprocess.h"
#include "engine/image/exif.h"
#include "engine/image/inspect.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/deep_files.h"
#include "tests/support/faulty_dataset.h"

namespace graft::test {
namespace {

using namespace std::string_literals;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string number(uint32_t value, int bytes, bool big) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (big ? bytes - 1 - i : i));
  return text;
}

// A TIFF structure of two entries, the second the orientation.
std::string tiff(int orientation, bool big, bool as_long = false) {
  const auto entry = [&](uint32_t tag, bool wide, uint32_t value) {
    const std::string field = wide ? number(value, 4, big) : number(value, 2, big) + "\0\0"s;
    return number(tag, 2, big) + number(wide ? 4 : 3, 2, big) + number(1, 4, big) + field;
  };
  return (big ? "MM\0*"s : "II*\0"s) + number(8, 4, big) + number(2, 2, big) + entry(0x0100, true, 24) +
         entry(0x0112, as_long, static_cast<uint32_t>(orientation)) + number(0, 4, big);
}

// Six squares of 8 x 8 pixels with the brightness of their letter: abc above def.
int brightness(char letter) { return 20 + 40 * (letter - 'a'); }
Image letters() {
  Image image{24, 16, {}, {}};
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 24; ++x)
      image.rgb.insert(image.rgb.end(), 3, uint8_t(brightness(char('a' + x / 8 + y / 8 * 3))));
  return image;
}

std::string jpeg_of(const Image& image, const std::string& exif) {
  const std::string plain = encode_jpeg(image, 100), segment = "Exif\0\0"s + exif;
  return plain.substr(0, 2) + "\xFF\xE1" + number(uint32_t(segment.size() + 2), 2, true) + segment +
         plain.substr(2);
}

std::string png_of(const Image& image, const std::string& exif) {
  const Scratch scratch;
  write_png(scratch.path() / "x.png", image);
  std::ifstream file(scratch.path() / "x.png", std::ios::binary);
  const std::string plain{std::istreambuf_iterator<char>(file), {}};
  return plain.substr(0, 33) + png_chunk("eXIf", exif) + plain.substr(33);  // after the header
}

// Returns the letters of the squares, row by row: "ad/be/cf".
std::string read_letters(const Image& image) {
  std::string text;
  for (int y = 4; y < image.h; y += 8) {
    if (y > 4) text += '/';
    for (int x = 4; x < image.w; x += 8)
      text += char('a' + (image.rgb[size_t(3 * (y * image.w + x))] - brightness('a') + 20) / 40);
  }
  return text;
}

constexpr const char* kShown[] = {"",         "abc/def",  "cba/fed",  "fed/cba", "def/abc",
                                  "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"};

}  // namespace

TEST_CASE("EXIF's eight orientations are ignored or applied, in JPEG and PNG files") {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool big : {false, true})
      for (const bool png : {false, true}) {
        CAPTURE(orientation);
        CAPTURE(big);
        CAPTURE(png);
        const std::string exif = tiff(orientation, big, png && big);
        const std::string file = png ? png_of(letters(), exif) : jpeg_of(letters(), exif);
        const Image stored = decode_image(bytes_of(file), "x");
        const Image shown = decode_image(bytes_of(file), "x", {.exif = Exif::apply});
        CHECK(stored.note == "");
        CHECK(read_letters(stored) == "abc/def");
        CHECK(read_letters(shown) == kShown[orientation]);
        CHECK(shown.rgb.size() == stored.rgb.size());
        if (png) CHECK(stored.rgb == letters().rgb);
      }
}

TEST_CASE("EXIF orientation moves each pixel to its place, not only each square") {
  Image odd{5, 3, {}, "a note"};
  for (int i = 0; i < 45; ++i) odd.rgb.push_back(uint8_t(i));
  const auto at = [](const Image& image, int x, int y) { return image.rgb[size_t(3 * (y * image.w + x))]; };
  CHECK(upright(odd, 0).rgb == odd.rgb);
  CHECK(upright(odd, 9).rgb == odd.rgb);
  const Image right = upright(odd, 6);
  CHECK(right.w == 3);
  CHECK(right.h == 5);
  CHECK(right.note == "a note");
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 3; ++x) CHECK(at(right, x, y) == at(odd, y, 2 - x));
  for (const int twice : {2, 3, 4, 5, 7}) CHECK(upright(upright(odd, twice), twice).rgb == odd.rgb);
  CHECK(upright(right, 8).rgb == odd.rgb);
}

TEST_CASE("damaged or hostile EXIF is ignored") {
  const std::string whole = tiff(6, true);
  CHECK(exif_orientation(bytes_of(whole)) == 6);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    CAPTURE(bytes);
    const std::vector<uint8_t> part(whole.begin(),
                                    whole.begin() + std::ptrdiff_t(bytes));  // ends at the end of its heap block
    CHECK(exif_orientation(part) == (bytes < 32 ? 1 : 6));
  }
  for (size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      const int orientation = exif_orientation(bytes_of(flipped));
      CHECK(orientation >= 1);
      CHECK(orientation <= 8);
    }
  const auto says = [](const std::string& text) { return exif_orientation(bytes_of(text)); };
  for (const int impossible : {0, 9, 255, 65535}) CHECK(says(tiff(impossible, false)) == 1);
  CHECK(says(tiff(-1, true, true)) == 1);
  CHECK(says("II" + whole.substr(2)) == 1);                                     // the wrong byte order
  CHECK(says(whole.substr(0, 4) + "\xFF\xFF\xFF\xFF" + whole.substr(8)) == 1);  // a directory outside
  CHECK(says(whole.substr(0, 4) + "\0\0\0\0"s + whole.substr(8)) == 1);         // the directory is the header
  CHECK(says(whole.substr(0, 8) + "\xFF\xFF" + whole.substr(10)) == 6);         // more entries than there are bytes
  CHECK(says("II*\0\x08\0\0\0\xFF\xFF"s + std::string(70'000, '\0')) == 1);
}

TEST_CASE("a model's record says whether EXIF is applied, and loading does it") {
  Preprocess p = preprocess_preset("tutorial", 24);
  p.fit = Fit::stretch;
  CHECK_FALSE(to_json(p).contains("exif"));  // so that keys of feature caches stay the same
  CHECK(preprocess_from_json(to_json(p)).exif == Exif::ignore);
  p.exif = Exif::apply;
  const nlohmann::json json = to_json(p);
  CHECK(json.at("exif") == "apply");
  CHECK(preprocess_from_json(json) == p);
  for (const char* wrong : {"true", "1", "null", "\"\"", "\"turn\""}) {
    nlohmann::json other = json;
    other["exif"] = nlohmann::json::parse(wrong);
    CAPTURE(wrong);
    CHECK_THROWS_WITH_AS(preprocess_from_json(other), doctest::Contains("preprocessing"), Error);
  }
  CHECK_THROWS_WITH_AS(parse_exif("turn"), doctest::Contains("ignore, apply"), Error);

  const FaultyDataset data;
  data.file("turned.jpg", jpeg_of(letters(), tiff(6, true)));
  const std::filesystem::path path = data.at("turned.jpg");
  const ImageFacts facts = inspect_image(path);
  CHECK(facts.orientation == 6);
  CHECK(facts.w == 24);  // as stored
  const Image shown = fit_image(upright(decode_image(path), 6), p), stored = fit_image(decode_image(path), p);
  CHECK(shown.rgb != stored.rgb);
  for (const Exif exif : {Exif::ignore, Exif::apply}) {
    p.exif = exif;
    CHECK(read_image(path, p).rgb == (exif == Exif::apply ? shown : stored).rgb);
    for (const std::string& digest : {std::string(), facts.digest}) {  // not inspected before, and inspected
      Sample sample;
      sample.path = path, sample.digest = digest;
      Batch batch;
      REQUIRE(Loader({&sample, 1}, {0}, 1, p).next(batch));
      CHECK(batch.rgb == (exif == Exif::apply ? shown : stored).rgb);
    }
  }
}

}  // namespace graft::test
