#include "kernels/api/host_threads.h"

#include <omp.h>
#include <pthread.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "kernels/api/error.h"

namespace graft {
namespace {

std::atomic<int> chosen_threads = 0;  // 0: as OpenMP starts

// Waits without touching the heap, which would give each thread its own malloc arena.
void* wait_for(void* gate) {
  static_cast<std::atomic<bool>*>(gate)->wait(false);
  return nullptr;
}

// How many of `count` more threads this process can have at once; `error` says why not all.
int threads_that_start(int count, int& error) {
  std::vector<pthread_t> all(static_cast<size_t>(count));
  std::atomic<bool> gate = false;
  int started = 0;
  while (started < count &&
         (error = pthread_create(&all[static_cast<size_t>(started)], nullptr, wait_for, &gate)) == 0)
    ++started;
  gate = true;
  gate.notify_all();
  for (int i = 0; i < started; ++i) pthread_join(all[static_cast<size_t>(i)], nullptr);
  return started;
}

}  // namespace

int host_threads() {
  const int chosen = chosen_threads;
  return chosen > 0 ? chosen : omp_get_max_threads();
}

void set_host_threads(int threads) {
  int error = 0;
  const int wanted = 2 * threads - 1, started = threads_that_start(wanted, error);
  if (started < wanted)
    fail(Fault::resources, Advice{"fewer-threads"},
         "{} threads to compute and {} to read images cannot be had, only {} in all: {}; "
         "raise the limits on processes and memory (ulimit -u, -v)",
         threads, threads, started + 1, std::strerror(error));
  chosen_threads = threads;
  omp_set_num_threads(threads);
  int made = 0;  // counted, so that the empty region is not optimised away
#pragma omp parallel reduction(+ : made)
  made += 1;
  require(made >= 1, "{} threads made", made);
}

}  // namespace graft
