// The program curl for one file. It ends with the process that started it, writes no more than the file has bytes,
// and holds the lock on the file as long as it lives.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace graft {

struct CurlTask {
  std::string address;
  std::filesystem::path to;  // goes on behind what is in it
  uint64_t bytes = 0;        // of the whole file
  int lock = -1;             // a descriptor that curl keeps open
  std::function<void(uint64_t bytes)> progress;
};

struct CurlEnd {
  int status = 0;    // curl's exit status, or one of these, or 128 + the signal that ended it
  std::string said;  // its last words, as they can be printed; may be empty
};
constexpr int kCurlNotRunnable = 126, kCurlNotFound = 127;

// Throws Error (resources) when no process can be started.
CurlEnd run_curl(const CurlTask& task);

// What an URL cannot hold (spaces, brackets in a path, bytes beyond ASCII) as %XX; an address that is one already
// stays as it is.
std::string url_of(std::string_view address);

uint64_t size_or_0(const std::filesystem::path& path);

}  // namespace graft
