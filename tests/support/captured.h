// Captures what a function writes to standard output and standard error, by redirecting them to files.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "tests/support/program.h"
#include "tests/support/scratch.h"

namespace graft {

class Redirected {
 public:
  Redirected(std::FILE* stream, const std::filesystem::path& file) : stream_(stream) {
    std::fflush(stream_);
    before_ = dup(fileno(stream_));
    const int to = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    require(before_ >= 0 && to >= 0 && dup2(to, fileno(stream_)) >= 0, "cannot redirect to {}", file.string());
    close(to);
  }
  ~Redirected() {
    std::fflush(stream_);
    dup2(before_, fileno(stream_));
    close(before_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  std::FILE* stream_;
  int before_ = -1;
};

// Returns the output of `work`: standard output, then standard error. `work` must not contain doctest checks, as their
// failures would not be shown.
template <class F>
std::string captured(const F& work) {
  const Scratch scratch;
  {
    const Redirected out(stdout, scratch.path() / "out"), err(stderr, scratch.path() / "err");
    work();
  }
  return slurp(scratch.path() / "out") + slurp(scratch.path() / "err");
}

}  // namespace graft
