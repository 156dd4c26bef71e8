// Runs the program in a child process, for tests that send it signals. They must not depend on timing: on a loaded
// machine a process may stall for seconds, and a fast one may finish before the signal. So a run to be stopped has
// more epochs than it can ever complete, a signal is sent once a file or the log shows the right moment, and the
// resumed run gets a smaller number of epochs.
#pragma once
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "tests/support/program.h"

namespace graft {

class Child {
 public:
  // `command`: the arguments of vgg-finetune. Both streams are appended to `log`.
  Child(const std::string& command, const std::filesystem::path& log) {
    const std::string line =
        kSignalled + "exec " + program_file().string() + " " + command + " >>" + log.string() + " 2>&1";
    pid_ = fork();
    require(pid_ >= 0, "cannot start {}", line);
    if (pid_ > 0) return;
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);  // the tests may ignore them
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  ~Child() { end(SIGKILL); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool running() {
    if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
    return !ended_;
  }
  // Returns false if the process ended before condition() became true.
  bool wait_until(const std::function<bool()>& condition) {
    while (running()) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    return condition();
  }
  int end(int signal) {  // sends `signal` if the process is running, and returns wait()
    if (running()) kill(pid_, signal);
    return wait();
  }
  int wait() {  // returns the exit code, or 128 + the signal that ended the process
    if (!ended_) waitpid(pid_, &status_, 0), ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

inline const std::string kEndless = "--epochs 1000000 ";

inline int epochs_done(const std::filesystem::path& run) {
  const std::string csv = slurp(run / "history.csv");
  return std::max(0, int(std::count(csv.begin(), csv.end(), '\n')) - 1);
}

// When to stop a process: as soon as it reports its run folder, before any computation, or after one more epoch.
enum class Moment { start, epoch };
struct Stop {
  int signal;
  Moment moment = Moment::epoch;
};

inline size_t count_starts(const std::filesystem::path& log) {
  size_t count = 0;
  const std::string text = slurp(log), words = "run folder: ";
  for (size_t at = 0; (at = text.find(words, at)) != text.npos; at += words.size()) ++count;
  return count;
}

// Starts `train` ("train DATA ... --out RUN", endless), stops and resumes it at the moments of `stops` (the first one
// must be an epoch), and finally lets it run two more epochs to its end. Returns the number of epochs.
inline int stop_and_go(const std::string& train, const std::filesystem::path& run, const std::vector<Stop>& stops,
                       const std::string& resume_options = "") {
  const std::filesystem::path log = run.string() + ".log";
  const std::string resume = "train --resume " + run.string() + " " + resume_options;
  for (size_t i = 0; i < stops.size(); ++i) {
    const int before = epochs_done(run);
    const size_t starts = count_starts(log);
    Child child(i == 0 ? train : resume, log);
    const bool reached = child.wait_until(
        [&] { return stops[i].moment == Moment::start ? count_starts(log) > starts : epochs_done(run) > before; });
    REQUIRE_MESSAGE(reached, slurp(log));
    REQUIRE_MESSAGE(child.end(stops[i].signal) == 128 + stops[i].signal, slurp(log));
  }
  const int epochs = epochs_done(run) + 2;
  REQUIRE_MESSAGE(Child(resume + " --epochs " + std::to_string(epochs), log).wait() == 0, slurp(log));
  return epochs;
}

}  // namespace graft
