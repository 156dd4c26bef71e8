// Host memory as kernels like it: aligned for the widest vectors, and in huge pages where it is large, since
// walking a matrix down its columns touches a page a row (reading at random rows became twice as fast). Memory of
// tensors is kept for others: the system would have to clear it each time.
#pragma once
#include <cstddef>

namespace graft::cpu {

// At least 512-byte aligned, contents undefined; null when there is none left. Give it back with std::free.
void* aligned_memory(size_t bytes);

// Memory of tensors. Throws Error (resources). Sanitizers must see where a tensor ends, so in their builds every
// block is one of the system's.
void* allocate(size_t bytes);
void release(void* p);
size_t spare();  // bytes that are kept and nobody uses

// Zeros in memory of allocate(). Whole huge pages go back to the system, which clears a page when it is touched
// again: until then they take no memory.
void clear(void* p, size_t bytes);

}  // namespace graft::cpu
