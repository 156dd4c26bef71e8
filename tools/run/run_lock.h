// One process at a time works on a run. The lock belongs to the process, not to the file, so it vanishes with the
// process however that ends; a forked child does not inherit it, so none can keep it alive.
#pragma once
#include <filesystem>

#include "engine/base/unique_fd.h"

namespace graft {

class RunLock {
 public:
  // The folder must exist. Throws Error (resources): another process holds it (its number is named), or the folder
  // cannot be written.
  explicit RunLock(const std::filesystem::path& run);

  // Before what only one process may write. Throws Error (resources): somebody has removed the lock meanwhile.
  void require_held() const;

  static constexpr const char* kFile = ".graft-lock";

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

// Was a file of this name left by a killed process, or is it the lock?
bool is_leftover(const std::filesystem::path& file);

}  // namespace graft
