// The tiny VGG of the files in tests/golden/weights, and small helpers for tests of files.
#pragma once
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/parameter.h"

namespace graft {

std::filesystem::path golden_weights();
Device& test_device();
std::string bytes_of(const std::filesystem::path& path);
void put_bytes(const std::filesystem::path& path, std::string_view bytes);  // without the cost of a sync

// A tensor of a safetensors file, its data as bytes.
struct SafeEntry {
  std::string name, dtype;
  std::vector<int64_t> shape;
  std::string data;
};
std::string u64(uint64_t value);  // little-endian
std::string safetensors_of(const std::vector<SafeEntry>& entries);
std::string floats(size_t count, float value);  // as bytes

// Returns the message of the Error (weights) that f throws, "" if it throws none, "(...)" for another kind.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.fault() == Fault::weights ? e.what() : std::string("(another fault) ") + e.what();
  }
  return "";
}

// Returns element i of a tensor, as make_weights.py computes it.
float golden_value(const std::string& name, int64_t i);

class TinyVgg {
 public:
  // Layers can be renamed and parameters reshaped, to differ from the files.
  explicit TinyVgg(bool top, const std::map<std::string, std::string>& renamed = {},
                   const std::map<std::string, Shape>& reshaped = {});
  std::span<Parameter* const> list() const { return list_; }
  void set(const std::string& name, int64_t i, float value);
  std::string wrong_values() const;  // name of the first parameter that differs from the files; "" if none does

 private:
  ParameterArena arena_;
  std::vector<Parameter*> list_;
};

// Limits the size of files during its lifetime, which simulates a full disk.
class SmallFiles {
 public:
  explicit SmallFiles(size_t bytes);
  ~SmallFiles();

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace graft
