// Temporary files for incomplete data, under unique names: created exclusively and locked while they are written.
// Processes in other containers or on other hosts of a network file system see the name and the lock, but not
// whether process 7 is alive.
#pragma once
#include <sys/types.h>

#include <filesystem>

#include "engine/base/unique_fd.h"

namespace graft {

struct TemporaryFile {
  std::filesystem::path path;
  UniqueFd fd;  // for reading and writing; closing it releases the lock
};

// Creates one in that folder, which must exist. If the system refuses, fd is invalid and errno is set.
TemporaryFile make_temporary(const std::filesystem::path& folder, mode_t mode);

bool is_temporary(const std::filesystem::path& file);  // judged by its name

// Removes the files that killed processes have left in the folder: temporary files that are not locked.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace graft
