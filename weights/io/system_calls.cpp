#include "weights/io/system_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/system_advice.h"
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

std::string process_reason(int error) {
  return system_reason(error) + (error == EAGAIN ? "; raise the limit on processes (ulimit -u)" : "");
}

int above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const UniqueFd low(fd);  // closing keeps errno
  return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

}  // namespace graft
