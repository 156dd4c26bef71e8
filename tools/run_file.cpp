#include "tools/run_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

struct Opened {
  int fd;
  ~Opened() {
    if (fd >= 0) close(fd);
  }
};

[[noreturn]] void fail_read(const std::filesystem::path& path, int error) {
  fail(Fault::resources, "{}: cannot be read: {}; {}", printable(path), std::strerror(error),
       error == EACCES ? "check its permissions" : "try again, or restore the file");
}

}  // namespace

std::optional<std::string> read_run_file(const std::filesystem::path& path) {
  const Opened file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status {};
  if (file.fd < 0 || fstat(file.fd, &status) != 0) fail_read(path, errno);
  if (!S_ISREG(status.st_mode))
    fail(Fault::data, "{}: {}, not a file; restore the file", printable(path),
         S_ISDIR(status.st_mode) ? "is a folder" : "is a pipe or a device");
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = read(file.fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_read(path, errno);
    if (got == 0) return text;
    text.append(piece.data(), static_cast<size_t>(got));
  }
}

}  // namespace graft
