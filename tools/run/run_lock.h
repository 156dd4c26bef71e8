// Ensures that one process at a time uses a run. The lock belongs to the process, not to the file, so it vanishes
// when the process ends in any way; forked children do not inherit it, so they cannot keep it alive.
#pragma once
#include <filesystem>

#include "engine/base/unique_fd.h"

namespace graft {

class RunLock {
 public:
  // The folder must exist. Throws Error (resources) if another process holds the lock (the message gives its
  // number), or if the folder is not writable.
  explicit RunLock(const std::filesystem::path& run);

  // Call this before writing what only one process may write. Throws Error (resources) if the lock file was removed.
  void require_held() const;

  static constexpr const char* kFile = ".graft-lock";

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

// Whether a file of this name is a temporary file of a killed process, or the lock file.
bool is_leftover(const std::filesystem::path& file);

}  // namespace graft
