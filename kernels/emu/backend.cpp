// The backend "emu": the device kernels on the host, block by block. For tests, and for looking into a kernel where
// there is no GPU; never for speed.
#include "kernels/api/backend.h"

#include <omp.h>

#include <cstring>

#include "kernels/api/host_memory.h"
#include "kernels/device/table.h"
#include "kernels/emu/memory.h"

namespace graft {
namespace {

std::string describe(int threads) {
  return fmt::format("emulated GPU ({} thread{})", threads, threads == 1 ? "" : "s");
}

void emu_copy(void* to, const void* from, size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
}

void emu_zero(void* p, size_t bytes) {
  if (bytes) std::memset(p, 0, bytes);
}

void emu_set_threads(int threads) {
  omp_set_num_threads(threads);
  emu_backend().info = {describe(threads), threads};
}

}  // namespace

Backend& emu_backend() {
  static Backend backend = {
      .name = "emu",
      .info = {describe(omp_get_max_threads()), omp_get_max_threads()},
      .tables = emu::tables(),
      .alloc = emu::allocate,
      .release = emu::release,
      .available = available_host_memory,
      .to_host = emu_copy,
      .from_host = emu_copy,
      .copy = emu_copy,
      .zero = emu_zero,
      .sync = [] {},
      .set_threads = emu_set_threads,
  };
  return backend;
}

}  // namespace graft
