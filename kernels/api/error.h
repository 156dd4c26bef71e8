// The project's only exception. A message says what, where, why and what to do next, in a line or two. The fault is
// also the exit code of the program (0 done, 130/143 interrupted with the state saved).
#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace graft {

enum class Fault { usage = 2, data = 3, weights = 4, resources = 5, numerics = 6, bug = 7 };

class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

// fail(Fault::data, "{}: not an image", path) throws Error.
template <class... T>
[[noreturn]] void fail(Fault fault, fmt::format_string<T...> format, T&&... args) {
  throw Error(fault, fmt::format(format, std::forward<T>(args)...));
}

// A condition that only a bug of ours can violate.
template <class... T>
void require(bool condition, fmt::format_string<T...> format, T&&... args) {
  if (!condition) throw Error(Fault::bug, fmt::format(format, std::forward<T>(args)...));
}

}  // namespace graft
