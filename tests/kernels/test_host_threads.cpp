// The number of compute threads is the process's: kernels use it whichever thread calls them.
#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "kernels/api/host_threads.h"
#include "kernels/cpu/parallel.h"

namespace graft {
namespace {

// The threads that one call of parallel_chunks() runs on.
int team() {
  std::atomic<int> largest = 0;
  cpu::parallel_chunks(8, 1, [&](int64_t, int64_t) {
    const int size = omp_get_num_threads();
    for (int seen = largest; size > seen && !largest.compare_exchange_weak(seen, size);) {
    }
  });
  return largest;
}

}  // namespace

TEST_CASE("host threads: a number that is set holds for calls from every thread") {
  const int before = host_threads();
  for (const int threads : {1, 3}) {
    set_host_threads(threads);
    int elsewhere = 0;
    std::thread([&] { elsewhere = team(); }).join();
    CHECK(team() == threads);
    CHECK(elsewhere == threads);
  }
  set_host_threads(before);
}

}  // namespace graft
