// Host memory as kernels like it: aligned for the widest vectors, and in huge pages where it is large, since
// walking a matrix down its columns touches a page a row (reading at random rows became twice as fast).
#pragma once
#include <cstddef>

namespace graft::cpu {

// At least 64-byte aligned, contents undefined; null when there is none left. Give it back with std::free.
void* aligned_memory(size_t bytes);

}  // namespace graft::cpu
