#include "tools/log/event_file.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = (table[i] >> 1) ^ (table[i] & 1 ? 0x82F63B78u : 0);
  }
  return table;
}

// A field of a protobuf message: a key (number << 3 | wire type), then the value.
enum Wire { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

template <class T>
std::string little_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

std::string as_varint(uint64_t value) {
  std::string text;
  for (; value >= 128; value >>= 7) text += char(value | 128);
  return text + char(value);
}

std::string key(int number, Wire wire) { return as_varint(uint64_t(number) << 3 | wire); }

std::string as_bytes(int number, std::string_view value) {
  return key(number, bytes) + as_varint(value.size()) + std::string(value);
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

uint32_t crc32c(std::string_view text) {
  static constexpr std::array<uint32_t, 256> kTable = make_table();
  uint32_t crc = ~0u;
  for (char c : text) crc = kTable[(crc ^ uint8_t(c)) & 255] ^ (crc >> 8);
  return ~crc;
}

std::string record(std::string_view content) {
  // Masked, since a CRC of data that contains its own CRC is weak.
  const auto masked = [](std::string_view text) {
    return little_endian<uint32_t>(std::rotr(crc32c(text), 15) + 0xA282EAD8u);
  };
  const std::string length = little_endian<uint64_t>(content.size());
  return length + masked(length) + std::string(content) + masked(content);
}

std::string event(const Scalar& scalar, double wall_time) {
  const std::string value = as_bytes(1, scalar.tag) + key(2, fixed32) + little_endian(scalar.value);
  return key(1, fixed64) + little_endian(wall_time) + key(2, varint) + as_varint(uint64_t(scalar.step)) +
         as_bytes(5, as_bytes(1, value));
}

EventFile::EventFile(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(Fault::resources, "{}: cannot be created: {}", printable(folder), error.message());
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  // The name may be taken by a run resumed within the same second under
  // the same process number in another container: try the next one.
  for (int number = 0; !file_ && number < 1000; ++number) {
    path_ = folder / fmt::format("events.out.tfevents.{:010d}.{}.{}.{}", int64_t(now()), host, getpid(), number);
    file_.reset(std::fopen(path_.c_str(), "wbx"));
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) fail(Fault::resources, "{}: cannot be written: {}", printable(path_), system_reason(errno));
  append(record(key(1, fixed64) + little_endian(now()) + as_bytes(3, "brain.Event:2")));
}

void EventFile::write(const Scalar& scalar) { append(record(event(scalar, now()))); }

void EventFile::flush() {
  if (std::fflush(file_.get()) != 0)
    fail(Fault::resources, "{}: cannot be written: {}", printable(path_), system_reason(errno));
}

void EventFile::append(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
    fail(Fault::resources, "{}: cannot be written: {}", printable(path_), system_reason(errno));
}

}  // namespace graft
