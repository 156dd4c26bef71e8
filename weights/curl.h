// Downloads one file with the program curl, which ends with the parent process, writes no more than the file's
// size, and holds the lock on the file as long as it lives.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace graft {

struct CurlTask {
  std::string address;
  std::filesystem::path to;  // an existing part is continued
  uint64_t bytes = 0;        // the size of the whole file
  int lock = -1;             // a descriptor that curl keeps open
  std::function<void(uint64_t bytes)> progress;
};

struct CurlEnd {
  int status = 0;    // curl's exit status, or one of these, or 128 + the signal that ended it
  std::string said;  // the end of its output, printable; may be empty
};
constexpr int kCurlNotRunnable = 126, kCurlNotFound = 127;

// Throws Error (resources) if no process can be started.
CurlEnd run_curl(const CurlTask& task);

// Encodes characters that a URL cannot hold (spaces, brackets in a path, non-ASCII bytes) as %XX; a valid URL is
// unchanged.
std::string url_of(std::string_view address);

uint64_t size_or_0(const std::filesystem::path& path);

}  // namespace graft
