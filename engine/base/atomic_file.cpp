#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "engine/base/unique_fd.h"
#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_write(const fs::path& path, int error) {
  fail(Fault::resources, "cannot write {}: {}; nothing was changed, {}", printable(path), std::strerror(error),
       system_advice(error, error == ENOENT ? "make its folder first" : "choose another place"));
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// A rename is durable once its folder is synced. Some file systems cannot sync a folder, and a folder may be
// writable but not readable; then there is nothing to do.
void sync_folder(const fs::path& folder) {
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int error = !fd || fsync(fd.get()) != 0 ? errno : 0;
  for (const int harmless : {EACCES, EPERM, EINVAL, ENOTSUP, ENOSYS, EROFS}) error = error == harmless ? 0 : error;
  if (error)
    fail(Fault::resources, "{}: what was written there may be lost when the power fails: {}; check the disk",
         printable(folder), std::strerror(error));
}

// Without a target: the default permissions; else the target's.
TemporaryFile open_beside(const fs::path& target) {
  struct stat old {};
  if (lstat(target.c_str(), &old) != 0) return make_temporary(folder_of(target), 0666);
  if (S_ISLNK(old.st_mode))
    fail(Fault::resources, "cannot write {}: it is a link; remove it, or name the file that it leads to",
         printable(target));
  if (!S_ISREG(old.st_mode))
    fail(Fault::resources, "cannot write {}: it exists and is not a regular file; choose another name",
         printable(target));
  TemporaryFile file = make_temporary(folder_of(target), 0600);
  if (file.fd) fchmod(file.fd.get(), old.st_mode & 07777);
  return file;
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), temporary_(open_beside(target_)) {
  if (!temporary_.fd) fail_write(target_, errno);
}

AtomicFile::~AtomicFile() {
  if (temporary_.fd && !temporary_.path.empty()) unlink(temporary_.path.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  write_at(end_, data, bytes);
  end_ += bytes;
}

void AtomicFile::write_at(uint64_t offset, const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  constexpr size_t kChunk = size_t{1} << 30;
  while (bytes > 0) {
    const ssize_t done = pwrite(temporary_.fd.get(), from, std::min(bytes, kChunk), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_write(target_, errno);
    from += done, offset += static_cast<uint64_t>(done), bytes -= static_cast<size_t>(done);
  }
}

void AtomicFile::commit(const fs::path& previous) {
  if (fsync(temporary_.fd.get()) != 0) fail_write(target_, errno);
  if (!previous.empty() && rename(target_.c_str(), previous.c_str()) != 0 && errno != ENOENT)
    fail_write(previous, errno);
  if (rename(temporary_.path.c_str(), target_.c_str()) != 0) fail_write(target_, errno);
  temporary_.path.clear();
  sync_folder(folder_of(target_));
}

void write_file(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void write_file(const fs::path& target, std::span<const std::byte> bytes) {
  AtomicFile file(target);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

void publish_file(const fs::path& written, const fs::path& target) {
  UniqueFd fd(open(written.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) fail_write(target, errno);
  fd.reset();
  if (rename(written.c_str(), target.c_str()) != 0) fail_write(target, errno);
  sync_folder(folder_of(target));
}

}  // namespace graft
