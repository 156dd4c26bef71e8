// Shared by the fuzz targets. A target is one file: it passes bytes to a reader and reports everything but a result or
// an Error of the documented kinds; sanitizers find the rest.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "kernels/api/error.h"

// libFuzzer's interface. Targets define the second function for formats with checksums that a mutation would break.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed);
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace graft::fuzz {

// Reports a finding: stops the fuzzer, which saves the input.
template <class... T>
[[noreturn]] void finding(fmt::format_string<T...> format, T&&... args) {
  fmt::print(stderr, "FINDING: {}\n", fmt::format(format, std::forward<T>(args)...));
  std::abort();
}

// Runs `work`. Returns false if it throws an Error of one of the kinds `refusals`; any other is a finding.
template <class F>
bool accepted(std::initializer_list<Fault> refusals, const F& work) {
  try {
    work();
    return true;
  } catch (const Error& e) {
    for (const Fault fault : refusals)
      if (e.fault() == fault) return false;
    finding("an error of kind {}: {}", static_cast<int>(e.fault()), e.what());
  }
}

// A temporary folder of this process, in /dev/shm if it exists.
class Folder {
 public:
  Folder() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    path_ = parent / fmt::format("graft-fuzz-{}", getpid());
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path at(const char* name) const { return path_ / name; }
  std::filesystem::path write(const char* name, std::string_view bytes) const {
    std::ofstream(at(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return at(name);
  }
  std::string read(const char* name) const {
    std::ifstream file(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

inline const Folder& folder() {
  static const Folder the_folder;
  return the_folder;
}

inline std::string_view text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace graft::fuzz
