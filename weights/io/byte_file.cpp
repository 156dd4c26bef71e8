#include "weights/io/byte_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "weights/io/system_calls.h"

namespace graft {

ByteFile::ByteFile(const std::filesystem::path& path)
    : path_(path),
      fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // opening a pipe would wait for a writer
  struct stat status {};
  if (fd_ && fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    bytes_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  const int error = errno;
  if (!fd_) fail(read_fault(error), "cannot read {}: {}", name(), system_reason(error));
  fail(Fault::weights, "cannot read {}: not a regular file", name());
}

std::string ByteFile::name() const { return printable(path_); }

void ByteFile::read(uint64_t offset, std::span<std::byte> to) const {
  if (offset > bytes_ || to.size() > bytes_ - offset)
    fail(Fault::weights, "{}: cut: it has {} bytes where {} are needed", name(), bytes_, offset + to.size());
  while (!to.empty()) {
    const ssize_t done =
        pread(fd_.get(), to.data(), std::min<size_t>(to.size(), size_t{1} << 30), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail(read_fault(errno), "cannot read {}: {}", name(), system_reason(errno));
    if (done == 0) fail(Fault::weights, "cannot read {}: it shrank", name());
    offset += static_cast<uint64_t>(done), to = to.subspan(static_cast<size_t>(done));
  }
}

std::string ByteFile::read_text(uint64_t offset, size_t bytes) const {
  if (bytes > bytes_) fail(Fault::weights, "{}: cut: {} bytes where {} are needed", name(), bytes_, bytes);
  std::string text(bytes, '\0');
  read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

uint64_t ByteFile::read_u64(uint64_t offset) const {
  unsigned char raw[8];
  read(offset, std::as_writable_bytes(std::span(raw)));
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | raw[i];
  return value;
}

}  // namespace graft
