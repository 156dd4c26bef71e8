// A file read at offsets, every read checked against its length: for our own parsers.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/unique_fd.h"

namespace graft {

// Throws Error that names the file (weights, or resources if the machine is at fault).
class ByteFile {
 public:
  explicit ByteFile(const std::filesystem::path& path);

  uint64_t bytes() const { return bytes_; }
  void read(uint64_t offset, std::span<std::byte> to) const;  // throws Error past the end: "cut"
  std::string read_text(uint64_t offset, size_t bytes) const;
  uint64_t read_u64(uint64_t offset) const;  // little-endian
  std::string name() const;                  // printable

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  uint64_t bytes_ = 0;
};

}  // namespace graft
