// Files under names that nobody else has, for what is not whole yet: made exclusively and locked as long as
// somebody writes. Processes of other containers and of other hosts of a network file system see name and lock, but
// not whether process 7 is alive.
#pragma once
#include <sys/types.h>

#include <filesystem>

#include "engine/base/unique_fd.h"

namespace graft {

struct TemporaryFile {
  std::filesystem::path path;
  UniqueFd fd;  // for reading and writing; the lock goes when it is closed
};

// In that folder, which must exist. Returns no fd, with errno, where the system refuses.
TemporaryFile make_temporary(const std::filesystem::path& folder, mode_t mode);

bool is_temporary(const std::filesystem::path& file);  // by its name

// Removes what processes that were killed while writing have left in the folder: those files that nobody locks.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace graft
