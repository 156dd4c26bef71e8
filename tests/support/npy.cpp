#include "tests/support/npy.h"

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace graft::test {
namespace {

// The text between `begin` and `end`, which must both be there.
std::string between(const std::string& text, const std::string& begin, const std::string& end,
                    const std::filesystem::path& path) {
  const size_t from = text.find(begin);
  const size_t to = from == text.npos ? text.npos : text.find(end, from + begin.size());
  if (to == text.npos) fail(Fault::data, "{}: no '{}' in the .npy header", path.string(), begin);
  return text.substr(from + begin.size(), to - from - begin.size());
}

Shape parse_shape(const std::string& text) {  // "28, 28, 256" or "20,"
  std::vector<int64_t> dims;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end; ++p) {
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(p, end, value);
    if (error == std::errc()) dims.push_back(value), p = stop - 1;
  }
  switch (dims.size()) {
    case 1:
      return {dims[0]};
    case 2:
      return {dims[0], dims[1]};
    case 3:
      return {dims[0], dims[1], dims[2]};
    case 4:
      return {dims[0], dims[1], dims[2], dims[3]};
  }
  fail(Fault::data, "a .npy file of {} dimensions", dims.size());
}

template <class T>
std::vector<double> widen(const char* data, size_t count) {
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) {
    T v;
    std::memcpy(&v, data + i * sizeof(T), sizeof(T));
    values[i] = v;
  }
  return values;
}

}  // namespace

Npy read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  constexpr size_t kPrefix = 10;  // magic, version, u16 header length
  if (bytes.size() < kPrefix || bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0)
    fail(Fault::data, "{}: not a .npy file of version 1", path.string());
  const size_t header_size = static_cast<uint8_t>(bytes[8]) | static_cast<uint8_t>(bytes[9]) << 8;
  if (bytes.size() < kPrefix + header_size) fail(Fault::data, "{}: cut short", path.string());
  const std::string header = bytes.substr(kPrefix, header_size);
  const std::string type = between(header, "'descr': '", "'", path);
  if (between(header, "'fortran_order': ", ",", path) != "False" || (type != "<f4" && type != "<f8"))
    fail(Fault::data, "{}: .npy of type {} or order that the tests do not read", path.string(), type);
  Npy npy{.shape = parse_shape(between(header, "'shape': (", ")", path)), .values = {}};
  const size_t count = static_cast<size_t>(npy.shape.size()), element = type == "<f4" ? 4 : 8;
  const char* data = bytes.data() + kPrefix + header_size;
  if (bytes.size() != kPrefix + header_size + count * element)
    fail(Fault::data, "{}: {} bytes do not fit shape {}", path.string(), bytes.size(), npy.shape.str());
  npy.values = element == 4 ? widen<float>(data, count) : widen<double>(data, count);
  return npy;
}

}  // namespace graft::test
