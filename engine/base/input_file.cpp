#include "engine/base/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

[[noreturn]] void fail_to_read(const std::string& name, const char* what, int error) {
  fail(Fault::resources, "{}: cannot be {}: {}; {}", name, what, std::strerror(error),
       system_advice(error, "check the disk or the network drive and run again"));
}

[[noreturn]] void fail_to_open(const std::string& name, int error) {
  if (error == ENOENT || error == ENOTDIR) fail(Fault::data, "{}: no such file; check the path", name);
  for (const int of_name : {ELOOP, ENAMETOOLONG, ENXIO, ENODEV})  // not a regular file
    if (error == of_name) fail(Fault::data, "{}: is no file that can be read: {}", name, std::strerror(error));
  fail_to_read(name, "opened", error);
}

}  // namespace

// O_NONBLOCK: opening a FIFO would block until there is a writer.
InputFile::InputFile(const std::filesystem::path& path, std::string name)
    : name_(std::move(name)), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!fd_) fail_to_open(name_, errno);
  struct stat info {};
  const int error = ::fstat(fd_.get(), &info) == 0 ? 0 : errno;
  if (!error && S_ISREG(info.st_mode)) {
    size_ = info.st_size;
    return;
  }
  if (error) fail_to_read(name_, "read", error);
  fail(Fault::data, "{}: is {}, not a file; check the path", name_,
       S_ISDIR(info.st_mode) ? "a folder" : "a pipe or a device");
}

InputFile::InputFile(const std::filesystem::path& path) : InputFile(path, printable(path)) {}

size_t InputFile::read(std::span<std::byte> to) {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t got = ::read(fd_.get(), to.data() + done, to.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to_read(name_, "read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

std::string read_whole_file(const std::filesystem::path& path, int64_t largest) {
  InputFile file(path);
  if (file.size() > largest)
    fail(Fault::data, "{}: {} MB is more than such a file has; check the path", printable(path), file.size() >> 20);
  std::string text(static_cast<size_t>(file.size()), '\0');
  text.resize(file.read(std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace graft
