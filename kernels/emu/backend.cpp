// The backend "emu": the device kernels on the host, block by block. For tests, and for inspecting a kernel without
// a GPU; never for speed.
#include "kernels/api/backend.h"

#include <cstring>

#include "kernels/api/host_memory.h"
#include "kernels/api/host_threads.h"
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

Backend& backend();  // mutable only for set_threads

void emu_set_threads(int threads) {
  set_host_threads(threads);
  if (backend().info.threads != threads) backend().info = {describe(threads), threads};
}

Backend make_backend() {
  Backend b;  // field by field: if memory is short, g++ 12 destroys those of an initializer list twice
  b.name = "emu";
  b.info = {describe(host_threads()), host_threads()};
  b.tables = emu::tables();
  b.alloc = emu::allocate;
  b.release = emu::release;
  b.available = available_host_memory;
  b.to_host = emu_copy;
  b.from_host = emu_copy;
  b.copy = emu_copy;
  b.zero = emu_zero;
  b.sync = [] {};
  b.set_threads = emu_set_threads;
  return b;
}

Backend& backend() {
  static Backend the_backend = make_backend();
  return the_backend;
}

}  // namespace

const Backend& emu_backend() { return backend(); }

}  // namespace graft
