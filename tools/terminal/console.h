// Prints the events of a job for humans: to standard output, or to standard error if standard output is data.
// Progress always goes to standard error. Ctrl-C stops the job.
#pragma once
#include <cstdio>

#include "tools/events/observer.h"

namespace graft {

class Console : public Observer {
 public:
  explicit Console(std::FILE* stream = stdout) : stream_(stream) {}
  void on_message(MessageKind kind, const std::string& text) override;
  std::unique_ptr<WorkDisplay> on_work(const Work& work) override;
  bool wants_stop() const override;
  void on_epoch(const EpochEvent& event) override;

 private:
  std::FILE* stream_;
};

// A single console, for commands without other observers.
const Observers& console();       // on standard output
const Observers& side_console();  // on standard error

}  // namespace graft
