#include "tools/interrupt.h"

#include <csignal>

namespace graft {
namespace {

volatile std::sig_atomic_t arrived = 0;

void note(int signal) {
  arrived = signal;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
  std::signal(SIGHUP, note);
}

int interrupted() { return arrived; }

}  // namespace graft
