// Progress of a long task on standard error: a live line on a terminal; elsewhere, such as in a log file, a line
// after two seconds and then every --progress seconds, even if no item was completed in between. Short tasks
// print nothing. Results are printed by the caller.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "tools/events/observer.h"

namespace graft {

struct ProgressOptions {
  std::string unit = "images";  // of the items
  int64_t first = 0;            // items done before
  double first_line = 2;        // seconds until the first line, unless --progress is shorter
};

class ProgressLine : public WorkDisplay {
 public:
  ProgressLine(std::string task, int64_t total, ProgressOptions options = {});
  ~ProgressLine() override { end(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // done: items so far; may be called from any thread. `facts`
  // follow rate and remaining time ("loss 0.52  accuracy 0.81").
  void update(int64_t done, const std::string& facts) override;
  void update(int64_t done) { update(done, ""); }
  void end();  // removes the live line and stops printing

  double seconds() const;  // since the start

 private:
  using Clock = std::chrono::steady_clock;
  void draw(int64_t done, const std::string& facts);
  void print_if_due();
  void watch(const std::stop_token& stop);

  std::string task_;
  int64_t total_;
  ProgressOptions options_;
  bool live_, drawn_ = false;
  Clock::time_point start_ = Clock::now(), last_draw_;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  int64_t done_;
  std::string facts_;
  Clock::time_point next_;
  std::jthread watcher_;
};

// "frozen layers, training images: 300 of 900 (33 %), 5.1 images/s, 1 min 58 s left". seconds: elapsed time.
std::string progress_line(const std::string& task, int64_t done, int64_t total, const ProgressOptions& options,
                          double seconds, const std::string& facts = "");

}  // namespace graft
