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
  if (access(run.c_str(), W_OK) == 0)  // a lock that is there can be opened in a folder that takes no other file
    fd_.reset(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!fd_)
    fail(Fault::resources,
         "cannot write {}: {}; nothing was changed: a run needs a folder that can be written, another --out or a "
         "copy of the run",
         printable(path_), std::strerror(errno));
  struct flock lock {};
  lock.l_type = F_WRLCK, lock.l_whence = SEEK_SET;
  if (fcntl(fd_.get(), F_SETLK, &lock) == 0) return;
  const int error = errno;
  struct flock other = lock;
  const bool held = (error == EAGAIN || error == EACCES) && fcntl(fd_.get(), F_GETLK, &other) == 0;
  if (held && other.l_type != F_UNLCK)  // of another container or host it has no number here
    fail(Fault::resources, "{}: {} is working on this run; wait until it ends, or stop it", printable(run),
         other.l_pid > 0 ? fmt::format("process {}", other.l_pid) : "a process of another container or host");
  fail(Fault::resources, "{}: cannot be locked: {}; try again, or choose another place", printable(path_),
       std::strerror(error));
}

void RunLock::require_held() const {
  struct stat held {
  }, there{};
  if (fstat(fd_.get(), &held) == 0 && lstat(path_.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
      held.st_dev == there.st_dev)
    return;
  fail(Fault::resources,
       "{}: it was removed or replaced while this process works on the run, so another one may work on it too; "
       "nothing more is written: see that only one does, and go on with --resume",
       printable(path_));
}

bool is_leftover(const fs::path& file) { return file.filename() == RunLock::kFile || is_temporary(file); }

}  // namespace graft
