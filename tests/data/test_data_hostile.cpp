// Hostile images: each is refused with its own reason, before much work and in bounded memory, whichever thread
// decodes it and whatever that thread decoded before.
#include <doctest/doctest.h>

#include <thread>

#include "engine/image/image.h"
#include "engine/image/inspect.h"
#include "kernels/api/error.h"
#include "tests/support/deep_files.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

struct Answer {
  std::string refused;  // empty: decoded
  Image image;
};

// Decodes in a new thread.
Answer decode(const std::string& bytes) {
  Answer answer;
  std::thread([&] {
    try {
      answer.image = decode_image({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "it");
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::data);
      answer.refused = e.what();
    }
  }).join();
  return answer;
}

std::string png(uint32_t w, uint32_t h, int bits, int colour, int interlace, const std::string& before,
                const std::string& packed, const std::string& behind = "") {
  const std::string header = big_endian(w, 4) + big_endian(h, 4) + static_cast<char>(bits) +
                             static_cast<char>(colour) + std::string(2, '\0') + static_cast<char>(interlace);
  return "\x89PNG\r\n\x1A\n" + png_chunk("IHDR", header) + before + png_chunk("IDAT", packed) + behind +
         png_chunk("IEND", "");
}

// zlib: one gray pixel, and a block of an invalid type.
const std::string kPixel("\x78\x01\x01\x02\x00\xFD\xFF\x00\x7F\x00\x81\x00\x80", 13),
    kType3("\x78\x01\x07\x00\x00\x00\x00", 7);

std::string bmp(int w, int h, int bits, int compression, const std::string& body) {
  const uint32_t palette = 4u << bits, offset = 54 + palette;
  return "BM" + little_endian(offset + body.size(), 4) + little_endian(0, 4) + little_endian(offset, 4) +
         little_endian(40, 4) + little_endian(uint32_t(w), 4) + little_endian(uint32_t(h), 4) +
         little_endian(1, 2) + little_endian(uint64_t(bits), 2) + little_endian(uint64_t(compression), 4) +
         std::string(20, '\0') + std::string(palette, '\x40') + body;
}

// Returns the offset of the first segment with this marker, from `at` on.
size_t find_segment(const std::string& jpeg, char marker, size_t at = 2) {
  while (jpeg[at + 1] != marker) {
    at += 2 + size_t(uint8_t(jpeg[at + 2]) << 8 | uint8_t(jpeg[at + 3]));
    REQUIRE(at + 4 < jpeg.size());
  }
  return at;
}

std::string with_sides(std::string jpeg, int w, int h) {
  const size_t frame = find_segment(jpeg, '\xC2');
  return jpeg.replace(frame + 5, 4, big_endian(uint64_t(h), 2) + big_endian(uint64_t(w), 2));
}

// A progressive JPEG with `more` further copies of its last scan.
std::string with_scans(const std::string& jpeg, int more) {
  const size_t last = jpeg.rfind("\xFF\xDA"), end = jpeg.rfind("\xFF\xD9");
  return jpeg.substr(0, end) + repeated(jpeg.substr(last, end - last), size_t(more)) + "\xFF\xD9";
}

}  // namespace

TEST_CASE("an invalid zlib block in a PNG is damage, in every thread and for every way of reading") {
  for (const int interlace : {0, 1}) {
    const Answer answer = decode(png(1, 1, 8, 0, interlace, "", kType3));
    CHECK_MESSAGE(answer.refused.starts_with("it: damaged PNG: "), answer.refused);
  }
  CHECK(decode(png(1, 1, 8, 0, 0, "", kPixel)).image.rgb == std::vector<uint8_t>{127, 127, 127});
  const Scratch scratch;
  write_text(scratch.path() / "x.png", png(1, 1, 8, 0, 0, "", kType3));
  const auto facts = inspect_images(std::vector<std::filesystem::path>(4, scratch.path() / "x.png"),
                                    InspectDepth::pixels, 4, [](int64_t) { return true; });
  for (const ImageFacts& f : facts) CHECK(f.error.find("damaged PNG") != f.error.npos);
}

TEST_CASE("a JPEG with wrong tables is damaged") {
  std::string jpeg = slurp(golden_folder() / "images/rgb444.jpg");
  const size_t tables = find_segment(jpeg, '\xDB');
  std::string number = jpeg, length = jpeg, precision = jpeg;
  number[tables + 4] = '\x07', length[tables + 3] = '\x05', precision[tables + 4] = '\x20';
  for (const std::string& bad : {number, length, precision}) {
    const Answer answer = decode(bad);
    CHECK_MESSAGE(answer.refused.starts_with("it: damaged JPEG: "), answer.refused);
  }
}

TEST_CASE("scans of a JPEG are limited by the number of pixels that they cover") {
  const std::string jpeg = slurp(golden_folder() / "images/progressive.jpg");
  const auto scans = size_t(std::count(jpeg.begin(), jpeg.end(), '\xDA'));
  CHECK(decode(jpeg).refused.empty());
  CHECK(decode(with_scans(jpeg, 400)).refused.find("too many") == std::string::npos);
  CHECK(decode(with_scans(jpeg, 500)).refused.find("more than 500 scans") != std::string::npos);
  const Answer large = decode(with_scans(with_sides(jpeg, 8191, 8191), 490));
  CHECK_MESSAGE(large.refused.find("more than 32 scans, each a pass over 8191 x 8191 pixels") != std::string::npos,
                large.refused, scans);
}

TEST_CASE("chunks of a PNG: many, large, invalid; irrelevant ones are ignored") {
  const Answer many =
      decode(png(1, 1, 8, 0, 0, repeated(png_chunk("tEXt", std::string("a\0b", 3)), 200000), kPixel));
  CHECK_MESSAGE(many.refused.find("reached chunk/cache limits") != std::string::npos, many.refused);
  const Answer empty = decode(png(1, 1, 8, 0, 0, repeated(png_chunk("IDAT", ""), 200000), kPixel));
  CHECK_MESSAGE(empty.refused.empty(), empty.refused);
  const std::string text = "key" + std::string(1, '\0') + std::string(20'000'000, 'x');
  CHECK(decode(png(1, 1, 8, 0, 0, png_chunk("tEXt", text), kPixel)).refused.empty());
  const std::string profile = "name" + std::string(2, '\0') + std::string(1'000'000, '\x78');
  CHECK(decode(png(1, 1, 8, 0, 0, png_chunk("iCCP", profile), kPixel)).refused.empty());
  CHECK(decode(png(65535, 65535, 16, 6, 1, "", kPixel)).refused.find("is more than the limit") !=
        std::string::npos);
  CHECK(decode(png(8191, 8191, 8, 2, 1, "", kPixel)).refused.find("a part of its picture is missing") !=
        std::string::npos);
}

TEST_CASE("endless run lengths of a BMP take no time") {
  const size_t pairs = 16'000'000;
  for (const std::string& run : {std::string("\xFF\x01", 2), std::string("\x00\x02", 2)}) {
    const Answer answer = decode(bmp(4, 4, 8, 1, repeated(run, pairs) + std::string("\0\1", 2)));
    CHECK_MESSAGE((answer.refused.empty() && answer.image.rgb.size() == 48), answer.refused);
  }
  const Answer rows = decode(bmp(2, 2, 8, 1, std::string("\x02\x03\x00\x00\x02\x05\x00\x01", 8)));
  REQUIRE_MESSAGE(rows.refused.empty(), rows.refused);
  CHECK(rows.image.rgb.size() == 12);
  // Runs past the end of a row are cut, and the next row is complete.
  const Answer wide = decode(bmp(2, 2, 8, 1, std::string("\x09\x03\x00\x00\x02\x03\x00\x01", 8)));
  CHECK_MESSAGE(wide.image.rgb == rows.image.rgb, wide.refused);
}

#if !defined(__SANITIZE_ADDRESS__)  // which reserves terabytes of address space
TEST_CASE("insufficient memory for an image is reported as such, not as damage") {
  const Scratch scratch;
  const std::filesystem::path folder = scratch.path() / "a";
  const std::string jpeg = slurp(golden_folder() / "images/progressive.jpg");
  write_text(folder / "large.pgm", "P5 8191 8191 255\n");
  std::filesystem::resize_file(folder / "large.pgm", 20 + 8191 * 8191);
  const auto check = [&](const std::string& file, const std::string& bytes) {
    write_text(folder / file, bytes);
    return shell("ulimit -v 220000; vgg-finetune check " + scratch.path().string() + " --threads 1 --only '" +
                 file + "'");
  };
  for (const auto& [file, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"x.jpg", with_sides(jpeg, 8191, 8191)},
                                                        {"x.png", png(8191, 8191, 8, 2, 0, "", kPixel)},
                                                        {"x.bmp", bmp(8191, 8191, 8, 1, std::string("\0\1", 2))}}) {
    const Run run = check(file, bytes);
    CHECK_MESSAGE(run.code == 5, run.output);
    CHECK_MESSAGE(run.output.find(file + ": no memory to decode it") != run.output.npos, run.output);
  }
  const Run pgm =
      shell("ulimit -v 220000; vgg-finetune check " + scratch.path().string() + " --threads 1 --only large.pgm");
  CHECK_MESSAGE(pgm.code == 5, pgm.output);
}
#endif

}  // namespace graft::test
