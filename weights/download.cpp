#include "weights/download.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "engine/atomic_file.h"
#include "engine/hash.h"
#include "kernels/api/error.h"

extern char** environ;

namespace graft {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_get(const OfficialFile& file, const std::string& why) {
  fail(Fault::weights, "cannot get {}: {}.\n{}", file.name, why, manual_instructions(file));
}

uint64_t size_or_0(const fs::path& path) {
  std::error_code error;
  const uint64_t bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

// One download at a time: curl would write two into each other.
class Lock {
 public:
  Lock(const fs::path& path, const OfficialFile& file)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0)
      fail(Fault::resources, "cannot write {}: {}; set GRAFT_CACHE to another folder", path.string(),
           std::strerror(errno));
    if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      close(fd_);
      fail_get(file, "another process is getting it now; wait for that one");
    }
  }
  ~Lock() { close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

// No shell: the address is an argument. Returns curl's exit status, or nothing when there is no curl.
std::optional<int> run_curl(const std::string& address, const fs::path& to,
                            const std::function<void(uint64_t)>& progress) {
  std::vector<std::string> words = {
      "curl", "--fail",   "--location",       "--continue-at", "-",           "--retry",
      "3",    "--proto",  "=https,http,file", "--proto-redir", "=https,http", "--connect-timeout",
      "30",   "--silent", "--show-error",     "--output",      to.string(),   "--url",
      address};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, "curl", nullptr, nullptr, arguments.data(), environ) != 0) return std::nullopt;
  int status = 0;
  for (pid_t ended = 0; ended == 0;) {
    ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) fail(Fault::resources, "cannot wait for curl: {}", std::strerror(errno));
    if (ended < 0) ended = 0;
    progress(size_or_0(to));
    if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string reason(int status) {
  switch (status) {
    case 5:
    case 6:
      return "a name could not be resolved: is this machine online, is a proxy needed (https_proxy)?";
    case 7:
    case 28:
      return "no connection: is this machine online, is a proxy needed (https_proxy)?";
    case 22:
      return "the server refused; if a mirror was given, does it have this file?";
    case 23:
      return "the disk is full or cannot be written";
    case 35:
    case 60:
      return "no trusted connection: the certificates of this machine are missing or a proxy replaces them";
    case 130:
    case 143:
      return "interrupted; run it again, it goes on from here";
    default:
      return fmt::format("curl ended with status {}; run it again, it goes on from here", status);
  }
}

void get_part(const OfficialFile& file, const std::string& address, const fs::path& part,
              const std::function<void(uint64_t)>& progress) {
  if (size_or_0(part) > file.bytes) fs::remove(part);
  if (size_or_0(part) == file.bytes) return;
  std::optional<int> status = run_curl(address, part, progress);
  if (status == 33 || status == 36) {  // the server cannot go on in the middle
    fs::remove(part);
    status = run_curl(address, part, progress);
  }
  if (!status) fail_get(file, "the program curl is not installed (apt-get install curl)");
  if (*status != 0) fail_get(file, reason(*status));
}

}  // namespace

fs::path get_weights(const OfficialFile& file, const DownloadOptions& options) {
  const fs::path target = cache_path(file), part = fs::path(target) += ".part", lock = fs::path(target) += ".lock";
  if (size_or_0(target) == file.bytes && md5_file(target) == file.md5) return target;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error)
    fail(Fault::resources, "cannot make {}: {}; set GRAFT_CACHE to another folder", target.parent_path().string(),
         error.message());
  const Lock held(lock, file);
  std::string base = options.mirror.empty() ? file.base : options.mirror;
  if (!base.ends_with('/')) base += '/';
  const std::string address = base + file.name;

  get_part(file, address, part, options.progress);
  if (const uint64_t bytes = size_or_0(part); bytes < file.bytes)
    fail_get(file,
             fmt::format("{} gave {} bytes of {}; run it again, it goes on from here", address, bytes, file.bytes));
  const std::string md5 = size_or_0(part) == file.bytes ? md5_file(part) : "that of a larger file";
  if (md5 != file.md5) {
    fs::remove(part);
    fail_get(file, fmt::format("what {} gave is another file (md5 {}); it was deleted", address, md5));
  }
  publish_file(part, target);
  fs::remove(lock, error);
  return target;
}

}  // namespace graft
