// Tasks that need scratch memory. No two tasks share a sum, and how a sum is divided depends on sizes alone, so
// results are bitwise identical for any number of threads; tasks are scheduled dynamically.
#pragma once
#include <omp.h>

#include <cstddef>
#include <cstdint>

#include "kernels/api/host_threads.h"

namespace graft::cpu {

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

// `floats` of 64-byte aligned memory with undefined contents that belong to the calling thread until its next call.
// Throws Error (resources).
float* scratch_memory(size_t floats);

// Calls f(task, scratch) for every task in [0, tasks), in parallel; f must not throw. scratch: 64-byte aligned,
// scratch_floats long, undefined contents. Must not be called from within a task.
template <class F>
void parallel_tasks(int64_t tasks, int64_t scratch_floats, const F& f) {
  const int64_t each = round_up(scratch_floats, 16);
  float* const scratch = scratch_memory(static_cast<size_t>(each * host_threads()));
#pragma omp parallel for schedule(dynamic, 1) if (tasks > 1) num_threads(host_threads())
  for (int64_t i = 0; i < tasks; ++i) f(i, scratch + each * omp_get_thread_num());
}

}  // namespace graft::cpu
