// Work shared by several threads.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <system_error>

namespace graft {

// Calls work(i) for each i below `count`, roughly in order, on `threads` threads (0: one per core), including the
// calling one; returns when all have finished. Once work returns false or throws, no further i is started, and the
// first exception is rethrown here. If the system provides fewer threads, fewer are used.
void parallel_for(size_t count, int threads, const std::function<bool(size_t i)>& work);

// Runs work() concurrently with the calling thread, or in get() if the system provides no thread.
template <class F>
auto run_beside(F work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

}  // namespace graft
