#include "kernels/emu/memory.h"

#include <map>
#include <mutex>

#include "kernels/api/error.h"
#include "kernels/api/host_memory.h"
#include "kernels/emu/guarded.h"

namespace graft::emu {
namespace {

struct Memory {
  std::mutex mutex;
  std::map<void*, Guarded> buffers;
};
Memory& memory() {
  static Memory all;
  return all;
}

}  // namespace

void* allocate(size_t bytes) {
  require_host_memory(bytes);
  Guarded buffer(bytes);
  void* p = buffer.data();
  const std::lock_guard lock(memory().mutex);
  memory().buffers.emplace(p, std::move(buffer));
  return p;
}

void release(void* p) {
  const std::lock_guard lock(memory().mutex);
  memory().buffers.erase(p);
}

std::string memory_damage() {
  const std::lock_guard lock(memory().mutex);
  for (const auto& [p, buffer] : memory().buffers)
    if (const auto at = buffer.damage())
      return fmt::format("byte {} of a buffer of {} bytes was written", *at, buffer.bytes());
  return "";
}

}  // namespace graft::emu
