// The program in a process of its own, for tests that send it signals. They count on no time: on a loaded machine a
// process may stand still for seconds, and a fast one may be over before the signal. So a run that is to be stopped
// has more epochs than it can ever do, a signal is sent when a file or the log says that its moment has come, and
// the run is told its end afterwards.
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
  // `command`: what stands behind "vgg-finetune". Both streams are appended to `log`.
  Child(const std::string& command, const std::filesystem::path& log) {
    const std::string line =
        kSignalled + "exec " + program_file().string() + " " + command + " >>" + log.string() + " 2>&1";
    pid_ = fork();
    require(pid_ >= 0, "cannot start {}", line);
    if (pid_ > 0) return;
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);  // whoever started the tests
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
  // False: the process ended before it was so.
  bool wait_until(const std::function<bool()>& so) {
    while (running()) {
      if (so()) return true;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    return so();
  }
  int end(int signal) {  // sends it if the process runs; its exit code, or 128 + the signal that ended it
    if (running()) kill(pid_, signal);
    return wait();
  }
  int wait() {
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

// When a process is to be stopped: as soon as it says where its run folder is, before it computes anything; or as
// soon as the run has done one more epoch.
enum class Moment { start, epoch };
struct Stop {
  int signal;
  Moment moment = Moment::epoch;
};

inline size_t starts_told(const std::filesystem::path& log) {
  size_t count = 0;
  const std::string text = slurp(log), words = "run folder: ";
  for (size_t at = 0; (at = text.find(words, at)) != text.npos; at += words.size()) ++count;
  return count;
}

// Starts `train` ("train DATA ... --out RUN", endless), and stops and resumes it at the moments of `stops`, of
// which the first waits for an epoch. Then tells it to end two epochs later, and lets it. Returns its number of
// epochs.
inline int stop_and_go(const std::string& train, const std::filesystem::path& run, const std::vector<Stop>& stops,
                       const std::string& resume_options = "") {
  const std::filesystem::path log = run.string() + ".log";
  const std::string resume = "train --resume " + run.string() + " " + resume_options;
  for (size_t i = 0; i < stops.size(); ++i) {
    const int before = epochs_done(run);
    const size_t starts = starts_told(log);
    Child child(i == 0 ? train : resume, log);
    const bool come = child.wait_until(
        [&] { return stops[i].moment == Moment::start ? starts_told(log) > starts : epochs_done(run) > before; });
    REQUIRE_MESSAGE(come, slurp(log));
    REQUIRE_MESSAGE(child.end(stops[i].signal) == 128 + stops[i].signal, slurp(log));
  }
  const int epochs = epochs_done(run) + 2;
  REQUIRE_MESSAGE(Child(resume + " --epochs " + std::to_string(epochs), log).wait() == 0, slurp(log));
  return epochs;
}

}  // namespace graft
