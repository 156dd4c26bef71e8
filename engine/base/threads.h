// Work that several threads share.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <system_error>

namespace graft {

// Runs `work` on `count` threads, of which the calling one is one, and returns when all have ended: work takes what
// is to be done from a place of its own, piece by piece. Where the system gives fewer threads, fewer do it. Throws
// what the first thread that failed has thrown.
void run_on_threads(size_t count, const std::function<void()>& work);

// work() beside the calling thread, which goes on; in get(), where the system gives no thread.
template <class F>
auto run_beside(F work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

}  // namespace graft
