#include "engine/base/threads.h"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace graft {

void run_on_threads(size_t count, const std::function<void()>& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto guarded = [&] {  // an exception that leaves a thread would end the process
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (size_t i = 1; i < count; ++i) others.emplace_back(guarded);
    } catch (const std::system_error&) {
    }
    guarded();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace graft
