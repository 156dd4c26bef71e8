#include "engine/base/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace graft {

void parallel_for(size_t count, int threads, const std::function<bool(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto take_turns = [&] {
    try {
      for (size_t i = next++; i < count && !stopping; i = next++)
        if (!work(i)) stopping = true;
    } catch (...) {  // an exception that escapes a thread would end the process
      stopping = true;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const size_t wanted = std::min(threads > 0 ? static_cast<size_t>(threads) : cores, count);
    std::vector<std::jthread> others;
    try {
      for (size_t t = 1; t < wanted; ++t) others.emplace_back(take_turns);
    } catch (const std::system_error&) {
    }
    take_turns();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace graft
