#include "weights/download.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "engine/base/unique_fd.h"
#include "weights/curl.h"
#include "weights/io/system_calls.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_get(const OfficialFile& file, const std::string& why, Fault fault = Fault::weights) {
  fail(fault, "cannot get {}: {}.\n{}", file.name, why, manual_instructions(file));
}

// One download at a time: curl would mix two into one file. The curl of a killed process holds the lock until it
// has ended too, which takes a moment.
class Lock {
 public:
  Lock(const fs::path& path, const OfficialFile& file) {
    constexpr int kTries = 50;
    constexpr std::chrono::milliseconds kPause{20};
    for (int i = 0; i < kTries; ++i) {
      fd_.reset(above_standard(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)));
      if (!fd_)
        fail(Fault::resources, "cannot write {}: {}; set GRAFT_CACHE to another folder", printable(path),
             system_reason(errno));
      const bool locked = flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
      const int error = errno;
      if (locked && is_at(path)) return;  // else the previous owner has removed it
      fd_.reset();
      if (!locked && error != EWOULDBLOCK)
        fail(Fault::resources, "cannot lock {}: {}; set GRAFT_CACHE to another folder", printable(path),
             system_reason(error));
      std::this_thread::sleep_for(kPause);
    }
    fail_get(file, "another process is getting it now; wait for that one");
  }
  int descriptor() const { return fd_.get(); }

 private:
  bool is_at(const fs::path& path) const {
    struct stat own {
    }, there{};
    return fstat(fd_.get(), &own) == 0 && stat(path.c_str(), &there) == 0 && own.st_ino == there.st_ino &&
           own.st_dev == there.st_dev;
  }

  UniqueFd fd_;
};

const char* reason(int status) {
  switch (status) {
    case 1:
      return "it leads to a protocol that is not allowed; allowed are https, http and, for a mirror, file";
    case 5:
    case 6:
      return "a name could not be resolved: is this machine online, is a proxy needed (https_proxy)?";
    case 7:
    case 28:
      return "no connection, or nothing comes: is this machine online, is a proxy needed (https_proxy)?";
    case 22:
      return "the server refused; if a mirror was given, does it have this file?";
    case 23:
      return "the disk is full or cannot be written";
    case 35:
    case 60:
      return "no trusted connection: the certificates of this machine are missing or a proxy replaces them";
    case 37:
      return "the mirror does not have this file, or it cannot be read";
    case 128 + SIGXFSZ:
      return "the limit on file sizes (ulimit -f) is below the size of the file";
    case kCurlNotFound:
      return "the program curl is not installed (apt-get install curl)";
    case kCurlNotRunnable:
      return "the program curl cannot be run";
    case 128 + SIGINT:
    case 128 + SIGTERM:
      return "interrupted; run it again, it goes on from here";
    default:
      return "the download was cut; run it again, it goes on from here";
  }
}

// One attempt to download an address into a file beside the final one.
class Download {
 public:
  Download(const OfficialFile& file, const DownloadOptions& options, fs::path part, int lock)
      : file_(file), options_(options), part_(std::move(part)), lock_(lock) {
    address_ = options.mirror.empty() ? file.base : options.mirror;
    if (!address_.ends_with('/')) address_ += '/';
    for (const std::string_view scheme :
         {"http://", "https://"})  // without a host curl takes the next part for one
      if (address_.starts_with(scheme) && address_.find_first_not_of('/', scheme.size()) != scheme.size())
        fail_mirror("");
    address_ += file.name;
  }

  // Leaves the whole file in `part`. A part left by an earlier call may belong to another file: then all of it is
  // downloaded once more, before the server is blamed.
  void run() {
    bool resumed = get();
    std::string md5 = md5_of_whole();
    if (md5 != file_.md5 && resumed) {
      remove_part();
      get();
      md5 = md5_of_whole();
    }
    if (md5 == file_.md5) return;
    remove_part();
    fail_get(file_, fmt::format("what {} gave is another file (md5 {}); it was deleted", shown(), md5));
  }

 private:
  [[noreturn]] void fail_mirror(const std::string& said) const {
    fail(Fault::usage,
         "the mirror {} is no address of a folder{}; "
         "it looks like https://HOST/FOLDER, or file:///FOLDER on this machine",
         printable(options_.mirror), said);
  }

  std::string shown() const { return printable(address_); }

  // Whether it resumed an existing part.
  bool get() {
    if (size_or_0(part_) > file_.bytes) remove_part();
    const bool resumed = size_or_0(part_) > 0;
    if (size_or_0(part_) == file_.bytes) return true;
    CurlEnd end = curl();
    const bool cannot_resume = end.status == 33 || end.status == 36;  // the server cannot resume
    if (cannot_resume) remove_part(), end = curl();
    judge(end);
    if (const uint64_t bytes = size_or_0(part_); bytes < file_.bytes)
      fail_get(file_, fmt::format("{} gave {} bytes of {}; run it again, it goes on from here", shown(), bytes,
                                  file_.bytes));
    return resumed && !cannot_resume;
  }

  CurlEnd curl() const { return run_curl({address_, part_, file_.bytes, lock_, options_.progress}); }

  void judge(const CurlEnd& end) const {
    if (end.status == 0) return;
    const std::string said = end.said.empty() ? "" : fmt::format(" ({})", end.said);
    if (end.status == 3 && !options_.mirror.empty()) fail_mirror(said);
    const bool larger = end.status == 63 || (end.status == 128 + SIGXFSZ && size_or_0(part_) >= file_.bytes);
    if (larger) remove_part();
    if (larger)
      fail_get(file_, fmt::format("what {} gives is another file, larger than {} bytes; it was deleted", shown(),
                                  file_.bytes));
    const bool ours = end.status == 23 || end.status == 128 + SIGXFSZ;
    fail_get(file_, fmt::format("curl ended with status {}{}: {}", end.status, said, reason(end.status)),
             ours ? Fault::resources : Fault::weights);
  }

  std::string md5_of_whole() const {
    return size_or_0(part_) == file_.bytes ? md5_file(part_) : "none: it has another size";
  }

  void remove_part() const {
    std::error_code error;
    if (fs::remove(part_, error); error)
      fail(Fault::resources, "cannot remove {}: {}; set GRAFT_CACHE to another folder", printable(part_),
           error.message());
  }

  const OfficialFile& file_;
  const DownloadOptions& options_;
  std::string address_;
  fs::path part_;
  int lock_;
};

}  // namespace

fs::path get_weights(const OfficialFile& file, const DownloadOptions& options) {
  const fs::path target = cache_path(file), part = fs::path(target) += ".part", lock = fs::path(target) += ".lock";
  const auto there = [&] { return size_or_0(target) == file.bytes && md5_file(target) == file.md5; };
  if (there()) return target;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error)
    fail(Fault::resources, "cannot make {}: {}; set GRAFT_CACHE to another folder", printable(target.parent_path()),
         error.message());
  const Lock held(lock, file);
  if (there()) return target;  // another process was faster
  Download(file, options, part, held.descriptor()).run();
  publish_file(part, target);
  fs::remove(lock, error);
  return target;
}

}  // namespace graft
