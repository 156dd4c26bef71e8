#include "weights/hdf5/crash_guard.h"

#include <unistd.h>

#include <cstring>

#include "kernels/api/error.h"

namespace graft {
namespace {

volatile std::sig_atomic_t guarded_thread = 0;
const char* volatile told = nullptr;

// Only what POSIX allows in a signal handler.
void end(int signal) {
  if (gettid() != guarded_thread) {  // not the library's thread: default behaviour
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  const char* const text = told;
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) {
  }
  _exit(static_cast<int>(Fault::resources));
}

}  // namespace

CrashGuard::CrashGuard(const char* sentence) {
  told = sentence;
  guarded_thread = gettid();
  struct sigaction action {};
  action.sa_handler = end;
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

CrashGuard::~CrashGuard() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

}  // namespace graft
