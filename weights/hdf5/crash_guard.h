// A library that crashes when it is out of memory, as HDF5 does, must not look like a bug of the program or its
// data: while a guard lives, a crash of its thread ends the process with Fault::resources and a sentence.
#pragma once
#include <csignal>
#include <iterator>

namespace graft {

// One at a time per process, on the thread that created it.
class CrashGuard {
 public:
  explicit CrashGuard(const char* sentence);  // for standard error; a literal
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

 private:
  static constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGABRT};
  struct sigaction before_[std::size(kSignals)];
};

}  // namespace graft
