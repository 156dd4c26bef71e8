// Work that several threads share.
#pragma once
#include <cstddef>
#include <functional>

namespace graft {

// Runs `work` on `count` threads, of which the calling one is one, and returns when all have ended: work takes what
// is to be done from a place of its own, piece by piece. Where the system gives fewer threads, fewer do it. Throws
// what the first thread that failed has thrown.
void run_on_threads(size_t count, const std::function<void()>& work);

}  // namespace graft
