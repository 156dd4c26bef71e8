#include "weights/io/system_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/unique_fd.h"

namespace graft {

Fault read_fault(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
      return Fault::weights;
    default:
      return Fault::resources;
  }
}

std::string system_reason(int error) {
  const char* next = error == EMFILE   ? "; raise the limit on open files (ulimit -n)"
                     : error == EAGAIN ? "; raise the limit on processes (ulimit -u)"
                     : error == ENOMEM ? "; free some memory"
                     : error == ENFILE ? "; close other programs"
                     : error == EIO || error == ESTALE
                         ? "; the disk or the network has errors, copy the file elsewhere"
                         : "";
  return std::strerror(error) + std::string(next);
}

int above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const UniqueFd low(fd);  // closing keeps errno
  return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

}  // namespace graft
