// A crash inside a guarded library ends the process with exit code 5; any other crash is unchanged.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "weights/hdf5/crash_guard.h"

namespace graft {
namespace {

constexpr const char* kSentence = "the library has crashed\n";

struct End {
  int status;
  std::string message;
};

End end_of(const std::function<void()>& work) {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    work();
    _exit(0);
  }
  close(pipe_ends[1]);
  End end{0, {}};
  char piece[256];
  for (ssize_t n; (n = read(pipe_ends[0], piece, sizeof piece)) > 0;) end.message.append(piece, size_t(n));
  close(pipe_ends[0]);
  waitpid(child, &end.status, 0);
  return end;
}

}  // namespace

TEST_CASE("a crash under a guard ends in exit code 5 and a message") {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) {
    const End end = end_of([&] {
      const CrashGuard guard(kSentence);
      std::raise(signal);
    });
    CHECK(WIFEXITED(end.status));
    CHECK(WEXITSTATUS(end.status) == 5);
    CHECK(end.message == kSentence);
  }
}

TEST_CASE("a crash of another thread, or after the guard, is unchanged") {
  const End other = end_of([] {
    const CrashGuard guard(kSentence);
    std::thread([] { std::raise(SIGABRT); }).join();
  });
  const End after = end_of([] {
    { const CrashGuard guard(kSentence); }
    std::raise(SIGABRT);
  });
  for (const End& end : {other, after}) {
    CHECK(WIFSIGNALED(end.status));
    CHECK(WTERMSIG(end.status) == SIGABRT);
    CHECK(end.message.find(kSentence) == std::string::npos);
  }
}

}  // namespace graft
