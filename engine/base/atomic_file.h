// The one way to write a file: under a temporary name in the same folder, synced, renamed, the folder synced. A
// reader sees the old file or the new one and nothing in between, even after a full disk or a power failure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "engine/base/temporary_file.h"

namespace graft {

// Everything throws Error (resources) with the system's reason; the target is then unchanged.
class AtomicFile {
 public:
  // The folder must exist. An existing target is replaced at commit() and keeps its permissions. Anything but a
  // regular file (a folder, a device, a link, which could lead out of an untrusted folder) is refused.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();  // without commit(): nothing is left
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  // Writes at an offset, independent of write()'s position; thread-safe.
  void write_at(uint64_t offset, const void* data, size_t bytes);
  // With `previous`, an existing target is kept under that name (same folder).
  void commit(const std::filesystem::path& previous = {});

 private:
  std::filesystem::path target_;
  TemporaryFile temporary_;
  uint64_t end_ = 0;  // offset after the last write()
};

void write_file(const std::filesystem::path& target, std::string_view text);
void write_file(const std::filesystem::path& target, std::span<const std::byte> bytes);

// For a file that another program has written under a temporary name: sync, rename to target, sync the folder.
void publish_file(const std::filesystem::path& written, const std::filesystem::path& target);

}  // namespace graft
