// TensorBoard event files: checksums of RFC 3720, the framing of records, and messages parsed by their wire format.
// tests/parity reads a file with TensorBoard itself.
#include <doctest/doctest.h>

#include <bit>
#include <cstring>

#include "tests/support/program.h"
#include "tests/support/scratch.h"
#include "tools/log/event_file.h"

using namespace graft;

namespace {

std::string counting(int from, int step) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += char(from + step * i);
  return text;
}

uint32_t u32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint32_t unmasked(uint32_t value) { return std::rotl(value - 0xA282EAD8u, 15); }

// Returns the contents of the records of a file; their checksums must match.
std::vector<std::string> records(std::string_view file) {
  std::vector<std::string> found;
  for (size_t at = 0; at < file.size();) {
    REQUIRE(file.size() - at >= 16);
    uint64_t length = 0;
    std::memcpy(&length, file.data() + at, sizeof length);
    REQUIRE(length <= file.size() - at - 16);
    CHECK(unmasked(u32(file, at + 8)) == crc32c(file.substr(at, 8)));
    const std::string_view content = file.substr(at + 12, length);
    CHECK(unmasked(u32(file, at + 12 + length)) == crc32c(content));
    found.emplace_back(content);
    at += length + 16;
  }
  return found;
}

}  // namespace

TEST_CASE("CRC32C matches the values of RFC 3720, B.4") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43u);
  CHECK(crc32c(counting(0, 1)) == 0x46DD794Eu);
  CHECK(crc32c(counting(31, -1)) == 0x113FDB5Cu);
  const unsigned char read10[] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0,    0, 0, 0, 0,
                                  0x14, 0,    0, 0, 0, 0, 4, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
                                  0x28, 0,    0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0,    0, 0, 0, 0};
  CHECK(crc32c({reinterpret_cast<const char*>(read10), sizeof read10}) == 0xD9963A56u);
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc32c("") == 0);
}

TEST_CASE("an event has the same bytes as with protocol buffers") {
  // Event{wall_time: 1.5, step: 300, summary{value{tag: "a", simple_value: 0.25}}}
  const std::string expected(
      "\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01"
      "a\x15\x00\x00\x80\x3e",
      24);
  CHECK(event({"a", 300, 0.25f}, 1.5) == expected);
}

TEST_CASE("an event file starts with its version, followed by one record per scalar") {
  Scratch scratch;
  EventFile file(scratch.path() / "logs/train");
  EventFile second(scratch.path() / "logs/train");  // another name, within the same second
  CHECK(second.path() != file.path());
  file.write({"epoch_loss", 1, 0.5f});
  file.write({std::string(300, 'x'), int64_t{1} << 40, -1e30f});  // lengths and steps of several bytes
  file.flush();
  CHECK(file.path().filename().string().starts_with("events.out.tfevents."));
  const auto found = records(slurp(file.path()));
  REQUIRE(found.size() == 3);
  CHECK(
      found[0].ends_with("\x1a\x0d"
                         "brain.Event:2"));
  CHECK(found[1].find("epoch_loss") != found[1].npos);
  CHECK(found[2].find(std::string(300, 'x')) != found[2].npos);
}

TEST_CASE("an event file that cannot be written is an error") {
  Scratch scratch;
  { std::ofstream(scratch.path() / "file") << "no folder"; }
  CHECK_THROWS_WITH_AS(EventFile(scratch.path() / "file"), doctest::Contains("cannot be"), Error);
}
