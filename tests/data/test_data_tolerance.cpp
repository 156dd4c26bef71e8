// Odd files that viewers show completely are read, with a note; files with missing parts are refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "engine/image/image.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/deep_files.h"
#include "tests/support/places.h"

namespace graft::test {
namespace {

using namespace std::string_literals;

std::string golden(const std::string& file) {
  std::ifstream in(golden_folder() / "images" / file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Image decode(const std::string& bytes) {
  return decode_image({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "x");
}

// Checks that the bytes decode to `whole`, with this note; "": none.
void reads(const std::string& bytes, const Image& whole, const std::string& note) {
  try {
    const Image image = decode(bytes);
    CHECK(image.rgb == whole.rgb);
    const bool as_wanted = note.empty() ? image.note.empty() : image.note.find(note) != std::string::npos;
    CHECK_MESSAGE(as_wanted, image.note, " should say: ", note);
  } catch (const Error& e) {
    FAIL_CHECK(std::string(e.what()));
  }
}

void refuses(const std::string& bytes, const std::string& text) {
  try {
    FAIL_CHECK("it is read, with the note: " << decode(bytes).note);
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::data);
    const std::string message = e.what();
    CHECK_MESSAGE(message.find(text) != message.npos, message, " should say: ", text);
  }
}

// Waves: their data has no long runs of zeros.
Image waves(int w, int h) {
  Image image{w, h, {}};
  for (int i = 0; i < 3 * w * h; ++i) image.rgb.push_back(static_cast<uint8_t>(i * i / 7 + 3 * i));
  return image;
}

// Returns the offset of the first segment with this marker, from `at` on.
size_t segment(const std::string& jpeg, char marker, size_t at = 0) {
  const size_t found = jpeg.find("\xFF"s + marker, at);
  REQUIRE(found != jpeg.npos);
  return found;
}

// A BMP: the file header, then `rest`; the pixels begin at `offset`.
std::string bmp(uint32_t offset, const std::string& rest) {
  std::string size = big_endian(offset, 4);
  std::ranges::reverse(size);
  return "BM" + std::string(8, '\0') + size + rest;
}
std::string little(uint64_t value, int bytes) {
  std::string text = big_endian(value, bytes);
  std::ranges::reverse(text);
  return text;
}
std::string windows_header(int w, int h, int bits, int compression, int colours) {
  return little(40, 4) + little(uint64_t(w), 4) + little(uint64_t(h), 4) + little(1, 2) +
         little(uint64_t(bits), 2) + little(uint64_t(compression), 4) + std::string(12, '\0') +
         little(uint64_t(colours), 4) + std::string(4, '\0');
}

}  // namespace

TEST_CASE("a JPEG without its end marker is read if its image is complete") {
  for (const std::string file :
       {"rgb444.jpg", "rgb420.jpg", "progressive.jpg", "restarts.jpg", "grey.jpg", "cmyk.jpg"}) {
    CAPTURE(file);
    const std::string jpeg = golden(file), open = jpeg.substr(0, jpeg.size() - 2);
    const Image whole = decode(jpeg);
    reads(open, whole, "its end marker is missing; its picture is whole");
    reads(open + '\xFF', whole, "its end marker is missing");
    reads(open + std::string(700, '\0'), whole, "its end marker is missing");
    reads(open + std::string(700, '\0') + "\xFF\xD9", whole, "stray bytes");
    reads(open + std::string(700, '\xFF') + "\xD9", whole, "");
    reads(jpeg + "movie", whole, "5 bytes after its end marker are not used");
    const size_t half = jpeg.size() * 3 / 4;
    refuses(jpeg.substr(0, half), "cut off: the JPEG ends before its picture does");
    refuses(jpeg.substr(0, half) + std::string(700, '\xFF'), "");
    refuses(jpeg.substr(0, half) + std::string(700, '\0'), "");  // an unfinished download
    refuses(jpeg.substr(0, half) + std::string(jpeg.size() - half - 2, '\0') + "\xFF\xD9", "");
  }
  const std::string jpeg = golden("rgb444.jpg");
  refuses(jpeg.substr(0, jpeg.size() * 3 / 4) + "\xFF\xD9", "a part of its picture is missing");
}

TEST_CASE("a truncated JPEG is detected wherever it is cut, whatever follows") {
  const std::string jpeg = encode_jpeg(waves(40, 24), 85);
  const Image whole = decode(jpeg);
  const size_t data = segment(jpeg, '\xDA') + 14;
  // Except near the end: if the chroma of the last block becomes zeros, it is a valid block without colour.
  for (size_t n = data; n + 64 < jpeg.size(); ++n) {
    CAPTURE(n);
    const std::string part = jpeg.substr(0, n);
    refuses(part, "cut off");
    refuses(part + std::string(jpeg.size() - n + 999, '\0'), "");
    refuses(part + "\xFF\xD9", "a part of its picture is missing");
  }
}

TEST_CASE("frames of video cameras: no Huffman tables") {
  std::string jpeg = encode_jpeg(waves(40, 24), 85);
  const Image whole = decode(jpeg);
  CHECK(whole.note == "");
  for (size_t at; (at = jpeg.find("\xFF\xC4")) != jpeg.npos;)
    jpeg.erase(at, 2 + (uint8_t(jpeg[at + 2]) << 8 | uint8_t(jpeg[at + 3])));
  reads(jpeg, whole, "it has no Huffman tables; the standard ones are used");
}

TEST_CASE("stray bytes in a JPEG are tolerated: before restarts, between segments, before the end") {
  std::string jpeg = golden("restarts.jpg");
  const Image whole = decode(jpeg);
  const size_t data = segment(jpeg, '\xDA');
  for (size_t at = data; at + 1 < jpeg.size(); ++at)
    if (jpeg[at] == '\xFF' && (jpeg[at + 1] & 0xF8) == 0xD0) jpeg.insert(at, 3, '\0'), at += 4;
  CHECK(decode(jpeg).rgb == whole.rgb);
  std::string gap = golden("rgb444.jpg");
  const Image other = decode(gap);
  reads(std::string(gap).insert(segment(gap, '\xC0'), "stray"), other, "stray bytes");
  reads(std::string(gap).insert(segment(gap, '\xC0'), 5, '\xFF'), other, "");
  reads(gap.insert(gap.size() - 2, 50, 's'), other, "stray bytes");
}

TEST_CASE("a progressive JPEG may lack its last scan, but not the end marker as well") {
  std::string jpeg = golden("progressive.jpg");
  const size_t last = jpeg.rfind("\xFF\xDA");  // the last scan
  const std::string coarse = jpeg.substr(0, jpeg.rfind("\xFF\xC4", last));
  CHECK(decode(coarse + "\xFF\xD9").note == "it has no scans for its finest detail");
  refuses(coarse, "cut off");
  refuses(coarse + std::string(400, '\0'), "cut off");
}

TEST_CASE("CMYK is read the same with and without Adobe's marker, as in Pillow") {
  std::string jpeg = golden("cmyk.jpg");
  const Image whole = decode(jpeg);
  const size_t at = segment(jpeg, '\xEE');
  REQUIRE(jpeg[at + 15] == 0);  // plain CMYK, not YCCK
  jpeg.erase(at, 2 + size_t(uint8_t(jpeg[at + 3])));
  reads(jpeg, whole, "");
}

TEST_CASE("a PNG without its end is read; one without all of its rows is not") {
  const std::string png = golden("rgb.png");
  const Image whole = decode(png);
  const size_t end = png.size() - 12;
  for (const size_t n : {end - 8, end - 7, end - 5, end - 4, end - 1, end, end + 3, end + 8, end + 11}) {
    CAPTURE(n);
    reads(png.substr(0, n), whole, "its end is missing; its picture is whole");
  }
  reads(png + "more", whole, "4 bytes after its end are not used");
  for (const size_t n : {end - 9, end - 10, end - 12, end - 20})
    refuses(png.substr(0, n), "cut off: the PNG ends before its picture does");
  refuses(png.substr(0, end - 30), "cut off: the PNG ends before its picture does");
  const auto with = [&](size_t at, const std::string& what) { return png.substr(0, at) + what + png.substr(at); };
  const std::string good = png_chunk("tEXt", "Comment\0hello"s), bad = good.substr(0, good.size() - 1) + "?";
  for (const size_t at : {size_t{33}, end}) {  // after the header, before the end
    reads(with(at, good), whole, "");
    reads(with(at, bad), whole, "a checksum outside of its picture is wrong");
  }
  std::string flipped = png;
  flipped[flipped.size() - 1] ^= 1;  // of the end chunk
  reads(flipped, whole, "its picture is whole");
  for (const size_t at : {size_t{20}, size_t{30}, end - 20, end - 1}) {  // header, its checksum, data, its checksum
    flipped = png;
    flipped[at] ^= 1;
    refuses(flipped, "");
  }
  // Complete chunks and an end, but too few rows.
  const std::string deep = deep_png(2, 2, 1, {1, 2, 3, 4});
  reads(deep.substr(0, deep.size() - 20), decode(deep), "its end is missing; its picture is whole");
  refuses(deep.substr(0, deep.size() - 21), "cut off");
  // In two chunks, the second with only the checksum: bytes missing from the first belong to the image.
  const std::string data = deep.substr(33 + 8, deep.size() - 33 - 12 - 12), first = data.substr(0, data.size() - 4);
  const std::string parts = deep.substr(0, 33) + png_chunk("IDAT", first);
  refuses(parts.substr(0, parts.size() - 6), "");
  const std::string header = deep.substr(0, 33), stored = deep.substr(33 + 8, 2 + 5 + 5);
  refuses(header + png_chunk("IDAT", stored) + png_chunk("IEND", ""), "a part of its picture is missing");
  refuses(header + png_chunk("IEND", ""), "");
}

TEST_CASE("BMP of OS/2, run-length coded, without an offset") {
  const std::string colours = "\x01\x02\x03"s + "\x11\x12\x13" + "\x21\x22\x23" + "\x31\x32\x33";
  const std::string padded = "\x01\x02\x03\0"s + "\x11\x12\x13\0"s + "\x21\x22\x23\0"s + "\x31\x32\x33\0"s;
  // Rows from the bottom: 0 1 2, then 3 3 3.
  const std::string os2 = little(12, 4) + little(3, 2) + little(2, 2) + little(1, 2) + little(8, 2) + colours;
  const std::string rows = "\0\1\2\0"s + "\3\3\3\0"s;
  const Image whole = decode(bmp(26 + 12, os2 + rows));
  CHECK(whole.w == 3);
  CHECK(whole.rgb == std::vector<uint8_t>{0x33, 0x32, 0x31, 0x33, 0x32, 0x31, 0x33, 0x32, 0x31,  //
                                          3, 2, 1, 0x13, 0x12, 0x11, 0x23, 0x22, 0x21});
  const std::string plain = windows_header(3, 2, 8, 0, 4) + padded;
  reads(bmp(54 + 16, plain + rows), whole, "");
  reads(bmp(54 + 16 + 5, plain + "stray" + rows), whole, "");
  reads(bmp(0, plain + rows), whole, "it does not say where its pixels begin");
  const std::string rle8 = windows_header(3, 2, 8, 1, 4) + padded, rle4 = windows_header(3, 2, 4, 2, 4) + padded;
  reads(bmp(70, rle8 + "\0\3\0\1\2\0\0\0\3\3\0\1"s), whole, "");
  reads(bmp(70, rle8 + "\0\2\0\0"s.substr(0, 0) + "\1\0\1\1\1\2\0\0\2\3\1\3\0\0\0\1"s), whole, "");
  reads(bmp(70, rle8 + "\0\2\1\0\1\1\1\2\0\0\3\3"s), whole, "");  // a pixel skipped is 0; no end mark
  reads(bmp(70, rle4 + "\0\3\1\x20\0\0\3\x33\0\1"s), whole, "");
  refuses(bmp(70, rle8 + "\0\3\0\1\2\0\0\0"s), "cut off: the BMP ends before its picture does");
  refuses(bmp(70, rle8 + "\0\3\0\1"s), "cut off");
  refuses(bmp(0, plain + rows.substr(0, 5)), "cut off");
  refuses(bmp(70, windows_header(3, -2, 8, 1, 4) + padded + "\3\3"), "contradicts");
  refuses(bmp(70, windows_header(3, 2, 24, 4, 0) + rows), "compression 4");
}

TEST_CASE("pixels of a BMP beyond its palette are black, whatever was in memory before") {
  const std::string two = windows_header(3, 2, 8, 0, 2) + "\x01\x02\x03\0\x11\x12\x13\0"s;
  const std::string rows = "\0\1\2\0"s + "\xC8\xFF\1\0"s;
  const std::vector<uint8_t> wanted = {0, 0, 0, 0, 0, 0, 0x13, 0x12, 0x11, 3, 2, 1, 0x13, 0x12, 0x11, 0, 0, 0};
  for (int before = 0; before < 4; ++before) {
    decode(golden("palette.bmp"));  // leaves its colours on the stack
    CHECK(decode(bmp(62, two + rows)).rgb == wanted);
  }
  refuses(bmp(56, windows_header(3, 2, 8, 0, 0) + "no" + rows), "no palette");
}

}  // namespace graft::test
