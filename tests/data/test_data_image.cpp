// Decoding: every colour type against Pillow's convert("RGB"), and error messages.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/image/image.h"
#include "engine/image/image_formats.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"

namespace graft::test {
namespace {

using Bytes = std::vector<uint8_t>;
const std::filesystem::path kImages = golden_folder() / "images";

Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

// Returns the error of decode_image(), or "".
std::string complaint(const Bytes& bytes) {
  try {
    decode_image(bytes, "x");
    return "";
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::data);
    return e.what();
  }
}

bool says(const Bytes& bytes, const std::string& text) {
  const std::string message = complaint(bytes);
  INFO(message);
  const bool found = message.find(text) != std::string::npos;
  CHECK_MESSAGE(found, message, " should say: ", text);
  return found;
}

using namespace std::string_literals;

}  // namespace

TEST_CASE("each file is recognised by exactly one decoder, and has one of its suffixes") {
  std::vector<int> files(decoders().size(), 0);
  for (const auto& entry : std::filesystem::directory_iterator(kImages)) {
    const std::string suffix = entry.path().extension().string();
    if (suffix == ".txt") continue;
    CAPTURE(entry.path().string());
    const Bytes bytes = read_bytes(entry.path());
    int rows = 0;
    for (size_t row = 0; row < decoders().size(); ++row) {
      const Decoder& decoder = decoders()[row];
      const bool suits = decoder.suffixes.find(" " + suffix + " ") != std::string_view::npos;
      CHECK(decoder.recognises(bytes) == suits);
      CHECK_NOTHROW(decoder.header(bytes));  // of other formats, too
      rows += suits, files[row] += suits;
      if (!suits) continue;
      CHECK(sniff(bytes).decoder == &decoder);
      CHECK(decoder.header(bytes).bits <= decoder.max_bits);
    }
    CHECK(rows == 1);
  }
  CHECK(std::ranges::count(files, 0) == 0);  // every decoder has a file here
}

TEST_CASE("every type of image decodes to Pillow's RGB") {
  std::ifstream goldens(kImages / "decode.txt");
  std::string file, expected;
  int w, h, count = 0;
  while (goldens >> file >> w >> h >> expected) {
    CAPTURE(file);
    const Image image = decode_image(kImages / file);
    CHECK(image.w == w);
    CHECK(image.h == h);
    CHECK(image.note == "");
    CHECK(sha256(std::as_bytes(std::span(image.rgb.data(), image.rgb.size()))) == expected);
    ++count;
  }
  CHECK(count == 28);
}

TEST_CASE("PNM: maximum, comments and 16 bits") {
  CHECK(decode_image(bytes_of("P5 # a comment\n2\t1\n#another\n4\n\x00\x03"s), "x").rgb ==
        Bytes{0, 0, 0, 191, 191, 191});
  CHECK(decode_image(bytes_of("P6 1 1 65535\n\x12\x34\xFF\xFF\x00\x80"s), "x").rgb == Bytes{0x12, 255, 0});
  CHECK(decode_image(bytes_of("P5 2 1 4095\n\x0F\xFF\x08\x00"s), "x").rgb == Bytes{255, 255, 255, 128, 128, 128});
  says(bytes_of("P5 1 1 4\n\x05"s), "above the maximum");
  says(bytes_of("P5 2 2 255\nabc"s), "cut off");
  says(bytes_of("P6 2 "s), "cut off");
  says(bytes_of("P6 a 2 255\n"s), "lacks a number");
  says(bytes_of("P6 99999999999 2 255\n"s), "too large");
  says(bytes_of("P6 0 2 255\n"s), "0 x 2");
  says(bytes_of("P6 2 2 0\n123456789012"s), "maximum");
  says(bytes_of("P6 60000 60000 255\n"s), "megapixels");
  says(bytes_of("P6 70000 1 255\n"s), "65535 a side");
}

TEST_CASE("every truncation of every image is detected") {
  for (const auto& entry : std::filesystem::directory_iterator(kImages)) {
    const std::string suffix = entry.path().extension().string();
    if (suffix == ".txt") continue;
    const Bytes whole = read_bytes(entry.path());
    CAPTURE(entry.path().filename().string());
    const Image image = decode_image(whole, "x");
    for (size_t n = 0; n < whole.size(); n += n < 100 ? 1 : 37) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      const std::string message = complaint(part);
      if (!message.empty()) continue;
      // Only an end marker is missing, or the padding of the last row of a BMP.
      const Image again = decode_image(part, "x");
      CHECK(again.rgb == image.rgb);
      CHECK(again.note.empty() == (suffix == ".bmp"));
    }
    Bytes longer = whole;
    longer.insert(longer.end(), {1, 2, 3});
    CHECK(decode_image(longer, "x").rgb == image.rgb);
  }
}

// The result must be an image or an error and nothing else; ASan and UBSan check the rest.
TEST_CASE("random damage gives an image or an error") {
  uint32_t state = 1;
  const auto random = [&](size_t n) {
    state = state * 1664525 + 1013904223;
    return static_cast<size_t>(state >> 8) % n;
  };
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kImages)) {
    const std::string suffix = entry.path().extension().string();
    if (suffix == ".txt") continue;
    const Bytes whole = read_bytes(entry.path());
    for (int round = 0; round < 150; ++round) {
      Bytes bytes = whole;
      for (size_t edits = 1 + random(4); edits > 0; --edits) {
        // Half of the edits go to the first 200 bytes, which contain the headers.
        const size_t at = random(random(2) ? bytes.size() : std::min<size_t>(bytes.size(), 200));
        bytes[at] = static_cast<uint8_t>(random(3) ? random(256) : (random(2) ? 255 : 0));
      }
      refused += !complaint(bytes).empty();
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("files of other types are named") {
  says({}, "empty (0 bytes)");
  says(bytes_of("hello"), "not an image");
  says(bytes_of("GIF89a......"), "a GIF image is not supported; convert it to PNG or JPEG");
  says(bytes_of("II*\0aaaa"s), "TIFF");
  says(bytes_of("MM\0*aaaa"s), "TIFF");
  says(bytes_of("RIFF....WEBPVP8 "), "WebP");
  says(Bytes(128, 0), "not an image");
  Bytes dicom(128, 0);
  for (char c : "DICM"s) dicom.push_back(static_cast<uint8_t>(c));
  says(dicom, "a DICOM file");
  says(bytes_of("\0\0\0\x18"
                "ftypheic"s),
       "HEIC");
  says(bytes_of("P2 1 1 255 0"), "plain-text PGM");
  says(bytes_of("<!DOCTYPE html><html>"), "HTML page");
  says(bytes_of("version https://git-lfs.github.com/spec/v1"), "git lfs pull");
  says(bytes_of("\xFF\xD8\xFF"s), "cut off");
}

TEST_CASE("limits are checked before memory is allocated") {
  Bytes png = read_bytes(kImages / "rgb.png");
  png[16] = 0x7F;  // a width of 2^31, which the checksum reveals, too
  CHECK(!complaint(png).empty());
  Bytes bmp = read_bytes(kImages / "rgb.bmp");
  bmp[20] = 0x7F;
  says(bmp, "megapixels");
  bmp = read_bytes(kImages / "rgb.bmp");
  bmp[25] = 0x80;  // a height of about -2^31
  says(bmp, "megapixels");
  Bytes jpeg = read_bytes(kImages / "rgb444.jpg");
  for (size_t i = 0; i + 8 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0)
      std::fill_n(jpeg.begin() + static_cast<std::ptrdiff_t>(i) + 5, 4, 0xFF);
  says(jpeg, "65500 pixels a side");
}

TEST_CASE("types of JPEG that libjpeg cannot decode are named") {
  const Bytes whole = read_bytes(kImages / "rgb444.jpg");
  const Bytes frame = {0xFF, 0xC0};
  const auto at = static_cast<size_t>(std::ranges::search(whole, frame).begin() - whole.begin());
  for (auto [marker, what] : {std::pair{0xC3, "lossless"}, {0xC5, "hierarchical"}, {0xF7, "JPEG-LS"}}) {
    Bytes bytes = whole;
    bytes[at + 1] = static_cast<uint8_t>(marker);
    says(bytes, what);
  }
  Bytes bytes = whole;
  bytes[at + 4] = 12;
  says(bytes, "12 bits a sample");
}

TEST_CASE("a JPEG with missing restart intervals is refused") {
  Bytes bytes = read_bytes(kImages / "restarts.jpg");
  size_t first = 0;
  for (size_t i = 300; i + 1 < bytes.size() && !first; ++i)
    if (bytes[i] == 0xFF && bytes[i + 1] >= 0xD0 && bytes[i + 1] <= 0xD7) first = i;
  REQUIRE(first > 0);
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end() - 2);  // the end marker stays
  says(bytes, "a part of its picture is missing");
}

TEST_CASE("reading anything but a regular image file is a clear error") {
  const Scratch scratch;
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      decode_image(path);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  };
  CHECK(message(scratch.path() / "none.png").find("no such file") != std::string::npos);
  CHECK(message(scratch.path()).find("is a folder") != std::string::npos);
  REQUIRE(::mkfifo((scratch.path() / "pipe.png").c_str(), 0600) == 0);
  CHECK(message(scratch.path() / "pipe.png").find("a pipe or a device, not a file") != std::string::npos);
  write_bytes(scratch.path() / "big.png", "\x89PNG");
  std::filesystem::resize_file(scratch.path() / "big.png", (uint64_t{1} << 28) + 1);  // sparse
  CHECK(message(scratch.path() / "big.png").find("256 MB") != std::string::npos);
}

TEST_CASE("file names may be any bytes") {
  const Scratch scratch;
  Image image{2, 1, {1, 2, 3, 250, 251, 252}};
  for (const std::string& name :
       {"脑 MRI 一.png"s, "two\nlines.png"s, "\xFF\xFE.png"s, std::string(251, 'n') + ".png"}) {
    write_png(scratch.path() / name, image);
    const Image again = decode_image(scratch.path() / name);
    CHECK(again.w == 2);
    CHECK(again.rgb == image.rgb);
  }
  CHECK(printable("脑 一.png") == "脑 一.png");
  CHECK(printable("a\nb\x1B[0m") == "a\\x0ab\\x1b[0m");
  CHECK(printable("\xFF"
                  "a\xC0\x80\xED\xA0\x80\xF5") == "\\xffa\\xc0\\x80\\xed\\xa0\\x80\\xf5");
  CHECK(printable("\xC2\x85 \xE4\xB8") == "\\xc2\\x85 \\xe4\\xb8");
}

TEST_CASE("a PNG is written completely or not at all") {
  const Scratch scratch;
  Image image{31, 17, Bytes(31 * 17 * 3)};
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 7);
  write_png(scratch.path() / "a.png", image);
  write_png(scratch.path() / "a.png", image);
  CHECK(decode_image(scratch.path() / "a.png").rgb == image.rgb);
  CHECK_THROWS_AS(write_png(scratch.path() / "none" / "a.png", image), Error);
  CHECK_THROWS_AS(write_png(scratch.path() / "b.png", Image{3, 3, Bytes(5)}), Error);
}

}  // namespace graft::test
