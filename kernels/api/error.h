// The project's only exception. A message says what, where and why, in a line or two, as facts that hold for every
// caller; what to do next is said in the caller's terms, where it depends on them (Advice). The fault is also the
// exit code of the program (0 done, 130/143 interrupted with the state saved).
#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace graft {

enum class Fault { usage = 2, data = 3, weights = 4, resources = 5, numerics = 6, bug = 7 };

// What would help, by a key that the caller puts into words: the library knows no flags and no commands, the command
// line does (tools/options/advice.cpp).
struct Advice {
  std::string_view key = {};             // a literal; empty: no advice
  std::vector<std::string> values = {};  // for people (printable.h), in the order of the words
};

class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message, Advice advice = {})
      : std::runtime_error(message), fault_(fault), advice_(std::move(advice)) {}
  Fault fault() const { return fault_; }
  const Advice& advice() const { return advice_; }

 private:
  Fault fault_;
  Advice advice_;
};

// fail(Fault::data, "{}: not an image", path) throws Error.
template <class... T>
[[noreturn]] void fail(Fault fault, fmt::format_string<T...> format, T&&... args) {
  throw Error(fault, fmt::format(format, std::forward<T>(args)...));
}

// fail(Fault::resources, Advice{"fewer-threads"}, "{} threads cannot be had", n)
template <class... T>
[[noreturn]] void fail(Fault fault, Advice advice, fmt::format_string<T...> format, T&&... args) {
  throw Error(fault, fmt::format(format, std::forward<T>(args)...), std::move(advice));
}

// A condition that only a bug of ours can violate.
template <class... T>
void require(bool condition, fmt::format_string<T...> format, T&&... args) {
  if (!condition) throw Error(Fault::bug, fmt::format(format, std::forward<T>(args)...));
}

}  // namespace graft
