#include "tools/run_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = ".graft-", kSuffix = ".tmp";  // of AtomicFile

// The process that wrote ".graft-PID-N.tmp"; 0 for another name.
pid_t writer_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  pid_t pid = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), pid);
  return pid;
}

// This process has written nothing yet when it looks: its own number is that of an earlier one.
bool is_alive(pid_t pid) { return pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM); }

}  // namespace

RunLock::RunLock(const fs::path& run) {
  const fs::path path = run / kFile;
  if (access(run.c_str(), W_OK) == 0)  // a lock that is there can be opened in a folder that takes no other file
    fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd_ < 0)
    fail(Fault::resources,
         "cannot write {}: {}; nothing was changed: a run needs a folder that can be written, another --out or a "
         "copy of the run",
         printable(path), std::strerror(errno));
  struct flock lock {};
  lock.l_type = F_WRLCK, lock.l_whence = SEEK_SET;
  if (fcntl(fd_, F_SETLK, &lock) == 0) return;
  const int error = errno;
  struct flock other = lock;
  const bool held = (error == EAGAIN || error == EACCES) && fcntl(fd_, F_GETLK, &other) == 0;
  close(fd_);
  if (held && other.l_type != F_UNLCK)
    fail(Fault::resources, "{}: process {} is working on this run; wait until it ends, or stop it", printable(run),
         other.l_pid);
  fail(Fault::resources, "{}: cannot be locked: {}; try again, or choose another place", printable(path),
       std::strerror(error));
}

RunLock::~RunLock() { close(fd_); }

bool is_leftover(const fs::path& file) { return file.filename() == RunLock::kFile || writer_of(file) > 0; }

void remove_leftovers(const fs::path& folder, std::chrono::seconds age) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const pid_t writer = writer_of(entry.path());
    if (writer == 0 || is_alive(writer) || !entry.is_regular_file(ignored)) continue;
    if (fs::file_time_type::clock::now() - entry.last_write_time(ignored) >= age) fs::remove(entry.path(), ignored);
  }
}

}  // namespace graft
