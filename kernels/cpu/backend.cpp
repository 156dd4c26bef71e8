// The CPU backend: host memory, OpenMP threads. Kernels cut their sums by sizes, never by the number of threads, so
// that results are the same bits for any number.
#include "kernels/api/backend.h"

#include <hwy/targets.h>
#include <omp.h>

#include <cstring>

#include "kernels/api/host_memory.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/table.h"

namespace graft {
namespace {

int64_t cpu_available() {
  const int64_t bytes = available_host_memory();
  return bytes == INT64_MAX ? bytes : bytes + static_cast<int64_t>(cpu::spare());
}

std::string describe(int threads) {
  // Of the targets that are built in and supported here, the lowest bit is the best one.
  const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  const int64_t best = usable & -usable;
  return fmt::format("CPU ({}, {} thread{})", hwy::TargetName(best), threads, threads == 1 ? "" : "s");
}

void cpu_copy(void* to, const void* from, size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
}

void cpu_set_threads(int threads) {
  omp_set_num_threads(threads);
  cpu_backend().info = {describe(threads), threads};
}

}  // namespace

Backend& cpu_backend() {
  static Backend backend = {
      .name = "cpu",
      .info = {describe(omp_get_max_threads()), omp_get_max_threads()},
      .tables = cpu::tables(),
      .alloc = cpu::allocate,
      .release = cpu::release,
      .available = cpu_available,
      .to_host = cpu_copy,
      .from_host = cpu_copy,
      .copy = cpu_copy,
      .zero = cpu::clear,
      .sync = [] {},
      .set_threads = cpu_set_threads,
  };
  return backend;
}

}  // namespace graft
