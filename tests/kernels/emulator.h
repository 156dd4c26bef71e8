// Helpers for tests of the emulator: buffers in its memory, its schedules, and the error of a broken kernel.
#pragma once
#include <string>
#include <vector>

#include "kernels/api/error.h"
#include "kernels/device/portable.h"
#include "kernels/emu/memory.h"
#include "kernels/emu/settings.h"

namespace graft::test {

// Device memory that holds `values`, or `count` NaNs.
class EmuBuffer {
 public:
  explicit EmuBuffer(size_t count) : size_(count), p_(static_cast<float*>(emu::allocate(count * sizeof(float)))) {}
  explicit EmuBuffer(const std::vector<float>& values) : EmuBuffer(values.size()) {
    std::copy(values.begin(), values.end(), p_);
  }
  ~EmuBuffer() { emu::release(p_); }
  EmuBuffer(const EmuBuffer&) = delete;
  EmuBuffer& operator=(const EmuBuffer&) = delete;
  operator float*() const { return p_; }
  std::vector<float> values() const { return {p_, p_ + size_}; }

 private:
  size_t size_;
  float* p_;
};

// Changes the emulator's settings during its lifetime.
class WithSettings {
 public:
  explicit WithSettings(emu::Settings now) { emu::settings() = now; }
  ~WithSettings() { emu::settings() = was_; }

 private:
  emu::Settings was_ = emu::settings();
};

inline constexpr emu::Settings kSchedules[] = {
    {emu::Schedule::forward}, {emu::Schedule::reverse}, {emu::Schedule::shuffled, 1}, {emu::Schedule::shuffled, 2}};

// Returns the message of the Error (bug) that f() throws, or "".
template <class F>
std::string bug_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.fault() == Fault::bug ? e.what() : "not a bug: " + std::string(e.what());
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Returns "test_emulator.cpp:12", as in messages.
inline std::string at(const char* file, int line) {
  const std::string path = file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(line);
}

}  // namespace graft::test
