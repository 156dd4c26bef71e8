// One process at a time works on a run. The lock belongs to the process, not to the file, so it vanishes with the
// process however that ends; a forked child does not inherit it, so none can keep it alive.
#pragma once
#include <chrono>
#include <filesystem>

namespace graft {

class RunLock {
 public:
  // The folder must exist. Throws Error (resources): another process holds it (its number is named), or the folder
  // cannot be written.
  explicit RunLock(const std::filesystem::path& run);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  static constexpr const char* kFile = ".graft-lock";

 private:
  int fd_ = -1;
};

// Removes what processes that were killed while writing have left in the folder. For the holder of its lock, or, in
// a folder that several processes share, for files of some age: there the number of a process says little.
void remove_leftovers(const std::filesystem::path& folder, std::chrono::seconds age = {});

// Was a file of this name left by a killed process, or is it the lock?
bool is_leftover(const std::filesystem::path& file);

}  // namespace graft
