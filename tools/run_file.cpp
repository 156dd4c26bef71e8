#include "tools/run_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/data/printable.h"
#include "kernels/api/error.h"
#include "weights/json_text.h"

namespace graft {
namespace {

constexpr int64_t kLargest = int64_t{1} << 30;  // the predictions of millions of images

[[noreturn]] void fail_to_read(const std::filesystem::path& path, int error) {
  fail(Fault::resources, "{}: cannot be read: {}; check its permissions and the disk", printable(path),
       std::strerror(error));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

std::optional<std::string> read_run_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO would wait for a writer for ever.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file.fd < 0) fail_to_read(path, errno);
  struct stat info {};
  if (fstat(file.fd, &info) != 0) fail_to_read(path, errno);
  if (!S_ISREG(info.st_mode))
    fail(Fault::data, "{}: {}, not a file; restore the file", printable(path),
         S_ISDIR(info.st_mode) ? "is a folder" : "is a pipe or a device");
  if (info.st_size > kLargest)
    fail(Fault::data, "{}: {} MB are more than such a file has; restore it", printable(path), info.st_size >> 20);
  std::string text(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = read(file.fd, text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to_read(path, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

std::optional<nlohmann::json> read_run_json(const std::filesystem::path& path) {
  const auto text = read_run_file(path);
  if (!text) return std::nullopt;
  return parse_json(*text, printable(path), Fault::data);
}

}  // namespace graft
