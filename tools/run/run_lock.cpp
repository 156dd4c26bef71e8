#include "tools/run/run_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/printable.h"
#include "engine/base/temporary_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;

RunLock::RunLock(const fs::path& run) : path_(run / kFile) {
  if (access(run.c_str(), W_OK) == 0)  // an existing lock could be opened even in a read-only folder
    fd_.reset(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!fd_)
    fail(Fault::resources,
         "cannot write {}: {}; nothing was changed; use a writable folder: another --out or a copy of the run",
         printable(path_), std::strerror(errno));
  struct flock lock {};
  lock.l_type = F_WRLCK, lock.l_whence = SEEK_SET;
  if (fcntl(fd_.get(), F_SETLK, &lock) == 0) return;
  const int error = errno;
  struct flock other = lock;
  const bool held = (error == EAGAIN || error == EACCES) && fcntl(fd_.get(), F_GETLK, &other) == 0;
  if (held && other.l_type != F_UNLCK)  // a process of another container or host has no number here
    fail(Fault::resources, "{}: {} is using this run; wait until it ends, or stop it", printable(run),
         other.l_pid > 0 ? fmt::format("process {}", other.l_pid) : "a process of another container or host");
  fail(Fault::resources, "{}: cannot be locked: {}; try again, or choose another folder", printable(path_),
       std::strerror(error));
}

void RunLock::require_held() const {
  struct stat held {
  }, there{};
  if (fstat(fd_.get(), &held) == 0 && lstat(path_.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
      held.st_dev == there.st_dev)
    return;
  fail(Fault::resources,
       "{}: was removed or replaced while this process was using the run, so another one may be using it too; "
       "nothing more is written: make sure that only one does, and continue with --resume",
       printable(path_));
}

bool is_leftover(const fs::path& file) { return file.filename() == RunLock::kFile || is_temporary(file); }

}  // namespace graft
