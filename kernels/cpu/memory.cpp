#include "kernels/cpu/memory.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstdlib>

namespace graft::cpu {

void* aligned_memory(size_t bytes) {
  constexpr size_t kLine = 64, kHugePage = size_t{2} << 20;
  const bool large = bytes >= 2 * kHugePage;
  const size_t align = large ? kHugePage : kLine;
  void* p = std::aligned_alloc(align, (bytes + align - 1) / align * align);
#ifdef __linux__
  if (p && large) madvise(p, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish: failing is no error
#endif
  return p;
}

}  // namespace graft::cpu
