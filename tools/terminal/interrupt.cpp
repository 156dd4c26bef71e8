#include "tools/terminal/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace graft {
namespace {

volatile std::sig_atomic_t arrived = 0;

void note(int signal) {
  arrived = signal;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, note) == SIG_IGN) std::signal(signal, SIG_IGN);  // stay ignored under nohup
}

int interrupted() { return arrived; }

}  // namespace graft
