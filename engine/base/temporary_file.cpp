#include "engine/base/temporary_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = ".graft-", kSuffix = ".tmp";

std::string random_name() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number)
    fail(Fault::resources, "the system provides no random numbers for the names of temporary files");
  return fmt::format("{}{:016x}{}", kPrefix, number, kSuffix);
}

// Still there? It may have been taken for a leftover and removed before it was locked.
bool is_linked(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

}  // namespace

TemporaryFile make_temporary(const fs::path& folder, mode_t mode) {
  for (;;) {
    TemporaryFile file{folder / random_name(), UniqueFd()};
    file.fd.reset(open(file.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.fd && errno == EEXIST) continue;
    if (!file.fd) return file;
    while (flock(file.fd.get(), LOCK_EX) != 0 && errno == EINTR) {
    }  // without file locks, nothing is taken for a leftover either
    if (is_linked(file.fd.get())) return file;
  }
}

bool is_temporary(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

void remove_leftovers(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (!is_temporary(entry.path())) continue;
    const UniqueFd fd(open(entry.path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) unlink(entry.path().c_str());
  }
}

}  // namespace graft
