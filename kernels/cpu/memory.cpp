#include "kernels/cpu/memory.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#include "kernels/api/arena.h"
#include "kernels/api/error.h"
#include "kernels/api/host_memory.h"

namespace graft::cpu {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kKept = false;
#else
constexpr bool kKept = true;
#endif

struct Kept {
  std::mutex mutex;
  Arena arena{{[](size_t bytes) -> void* {
                 const int64_t have = available_host_memory();
                 return bytes > static_cast<size_t>(have) ? nullptr : aligned_memory(bytes);
               },
               std::free},
              Arena::Keep::until_short};
};

// Never destroyed, as tensors may outlive any static object; constructed without allocating, as the first use may
// be in a destructor.
Kept& kept() {
  alignas(Kept) static std::byte place[sizeof(Kept)];
  static Kept& one = *::new (place) Kept;
  return one;
}

}  // namespace

void* aligned_memory(size_t bytes) {
  const bool large = bytes >= 2 * kHugePage;
  const size_t align = large ? kHugePage : Arena::kAlign;
  void* p = std::aligned_alloc(align, (bytes + align - 1) / align * align);
#ifdef __linux__
  if (p && large) madvise(p, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a hint: failing is not an error
#endif
  return p;
}

void* allocate(size_t bytes) {
  void* p = nullptr;
  if (kKept) {
    const std::lock_guard lock(kept().mutex);
    p = kept().arena.alloc(bytes);
  } else {
    require_host_memory(bytes);
    p = aligned_memory(bytes);
  }
  if (p || bytes == 0) return p;
  require_host_memory(bytes);
  fail(Fault::resources, "out of memory: {:.1f} MB more could not be had", double(bytes) / 1e6);
}

void release(void* p) {
  if (!kKept) return std::free(p);
  const std::lock_guard lock(kept().mutex);
  kept().arena.release(p);
}

size_t spare() {
  const std::lock_guard lock(kept().mutex);
  return kept().arena.use().held - kept().arena.use().used;
}

void clear(void* p, size_t bytes) {
  if (bytes == 0) return;
#ifdef __linux__
  char *const begin = static_cast<char*>(p), *const end = begin + bytes;
  char* const first = begin + (kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage) % kHugePage;
  if (first < end) {
    const size_t whole = static_cast<size_t>(end - first) / kHugePage * kHugePage;
    if (whole && madvise(first, whole, MADV_DONTNEED) == 0) {
      std::memset(begin, 0, static_cast<size_t>(first - begin));
      std::memset(first + whole, 0, static_cast<size_t>(end - first) - whole);
      return;
    }
  }
#endif
  std::memset(p, 0, bytes);
}

}  // namespace graft::cpu
