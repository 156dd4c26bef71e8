// Host memory suited to kernels: aligned for the widest vectors, and in huge pages if it is large, since walking a
// matrix down its columns touches one page per row (reading random rows became twice as fast). Memory of tensors is
// kept for reuse: the system would have to clear it each time.
#pragma once
#include <cstddef>

namespace graft::cpu {

// At least 512-byte aligned, contents undefined; null if there is none left. Release it with std::free.
void* aligned_memory(size_t bytes);

// Memory of tensors. Throws Error (resources). Sanitizers must see where a tensor ends, so in their builds every
// block is allocated from the system.
void* allocate(size_t bytes);
void release(void* p);
size_t spare();  // bytes that are kept but unused

// Zeros in memory of allocate(). Whole huge pages are given back to the system, which clears a page when it is
// touched again: until then they take no memory.
void clear(void* p, size_t bytes);

}  // namespace graft::cpu
