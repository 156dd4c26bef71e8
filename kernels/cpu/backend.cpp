// The CPU backend: host memory, OpenMP threads. Kernels split their sums by sizes, never by the number of threads,
// so that results are bitwise identical for any number.
#include "kernels/api/backend.h"

#include <hwy/targets.h>

#include <cstring>

#include "kernels/api/host_memory.h"
#include "kernels/api/host_threads.h"
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

Backend& backend();  // mutable only for set_threads

void cpu_set_threads(int threads) {
  set_host_threads(threads);
  if (backend().info.threads != threads) backend().info = {describe(threads), threads};
}

Backend make_backend() {
  Backend b;  // field by field: if memory is short, g++ 12 destroys those of an initializer list twice
  b.name = "cpu";
  b.info = {describe(host_threads()), host_threads()};
  b.tables = cpu::tables();
  b.alloc = cpu::allocate;
  b.release = cpu::release;
  b.available = cpu_available;
  b.to_host = cpu_copy;
  b.from_host = cpu_copy;
  b.copy = cpu_copy;
  b.zero = cpu::clear;
  b.sync = [] {};
  b.set_threads = cpu_set_threads;
  return b;
}

Backend& backend() {
  static Backend the_backend = make_backend();
  return the_backend;
}

}  // namespace

const Backend& cpu_backend() { return backend(); }

}  // namespace graft
