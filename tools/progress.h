// Progress of a long task: one live line on a terminal, nothing otherwise (the caller prints a line when a task
// ends).
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace graft {

class Progress {
 public:
  Progress(std::string task, int64_t total, int64_t first = 0);  // `first` were done before
  ~Progress();                                                   // removes the live line

  // done of total items; `facts` follow the rate and the time that is left ("loss 0.52  accuracy 0.81").
  void update(int64_t done, const std::string& facts = "");

  double seconds() const;  // since the start

 private:
  using Clock = std::chrono::steady_clock;
  std::string task_;
  int64_t total_, first_;
  bool live_, drawn_ = false;
  Clock::time_point start_, last_draw_;
};

std::string human_time(double seconds);  // "8 s", "3 min 20 s", "2 h 5 min"

}  // namespace graft
