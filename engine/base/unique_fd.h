// A file descriptor that is closed on destruction.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace graft {

class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}  // takes ownership; negative: none
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }  // the caller closes it
  void reset(int fd = -1) {                         // closes the previous one; keeps errno
    const int error = errno;
    if (fd_ >= 0) ::close(fd_);
    errno = error;
    fd_ = fd;
  }

 private:
  int fd_;
};

}  // namespace graft
