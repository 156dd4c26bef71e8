// The one way to write a file: beside its place under a temporary name, synced, renamed, the folder synced. So a
// reader sees the old file or the new one and nothing between, also after a full disk or a lost power supply.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "engine/base/temporary_file.h"

namespace graft {

// All of it throws Error (resources) with the reason of the system; the target is then as it was.
class AtomicFile {
 public:
  // The folder must exist. An existing target is replaced at commit() and keeps its permissions; what is no regular
  // file (a folder, a device, a link, which might lead out of a folder that a stranger made) is refused.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();  // without commit(): nothing is left
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  // At a place of its own, which write() does not move; several threads may do so at once.
  void write_at(uint64_t offset, const void* data, size_t bytes);
  // With `previous`, a target that exists is kept under that name (same folder).
  void commit(const std::filesystem::path& previous = {});

 private:
  std::filesystem::path target_;
  TemporaryFile temporary_;
  uint64_t end_ = 0;  // of what write() wrote
};

void write_file(const std::filesystem::path& target, std::string_view text);
void write_file(const std::filesystem::path& target, std::span<const std::byte> bytes);

// For a file that another program has written beside its place: sync, rename to target, sync the folder.
void publish_file(const std::filesystem::path& written, const std::filesystem::path& target);

}  // namespace graft
