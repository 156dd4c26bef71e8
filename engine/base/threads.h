// Work that several threads share.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <system_error>

namespace graft {

// Calls work(i) for each i below `count`, in order as far as threads have an order, on `threads` threads (0: one a
// core), of which the calling one is one; returns when all have ended. Where work returns false or throws, no
// further i is begun, and what was thrown first is thrown here. Where the system gives fewer threads, fewer do it.
void parallel_for(size_t count, int threads, const std::function<bool(size_t i)>& work);

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
