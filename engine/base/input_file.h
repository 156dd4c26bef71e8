// Files that are read. Refusals of the system (permissions, open files, disk errors) say nothing about a file's
// content, so they are distinguished from files that are missing or not regular.
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
  // `name`: used in messages. Throws Error: there is no such file, or it is a folder, a pipe or a device (data);
  // the system refuses to open it (resources).
  InputFile(const std::filesystem::path& path, std::string name);
  explicit InputFile(const std::filesystem::path& path);  // named by its path

  int64_t size() const { return size_; }  // when it was opened
  // Continues after the last read. Returns the number of bytes read; less than requested means end of file. Throws
  // Error (resources) if the system refuses to read it.
  size_t read(std::span<std::byte> to);

 private:
  std::string name_;
  UniqueFd fd_;
  int64_t size_ = 0;
};

// The whole file as text. Throws as InputFile does, and Error (data) if it has more than `largest` bytes.
std::string read_whole_file(const std::filesystem::path& path, int64_t largest);

}  // namespace graft
