// Files that are read. What the file system refuses (permissions, open files, errors of the disk) says nothing
// about what a file holds, so it is told apart from a file that is not there or is none.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/unique_fd.h"

namespace graft {

// A regular file, open for reading.
class InputFile {
 public:
  // `name`: what messages call it. Throws Error: there is no such file, or it is a folder, a pipe or a device
  // (data); the system does not let it be opened (resources).
  InputFile(const std::filesystem::path& path, std::string name);
  explicit InputFile(const std::filesystem::path& path);  // called by its path

  int64_t size() const { return size_; }  // when it was opened
  // Goes on behind what was read before. Returns how many bytes came; fewer than asked for: the file ends there.
  // Throws Error (resources) where the system does not let it be read.
  size_t read(std::span<std::byte> to);

 private:
  std::string name_;
  UniqueFd fd_;
  int64_t size_ = 0;
};

// The whole file as text. Throws as InputFile does, and Error (data) where it has more bytes than `largest`.
std::string read_whole_file(const std::filesystem::path& path, int64_t largest);

}  // namespace graft
