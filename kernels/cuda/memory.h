// GPU memory, through one arena. All kernels and copies within the GPU are queued on one stream, so a freed block
// can be handed out again at once: the next owner's work is queued after the previous owner's.
#pragma once
#include <cstddef>
#include <cstdint>

namespace graft::cuda {

void* allocate(size_t bytes);  // throws Error (resources) that says how much there is
void release(void* p);
int64_t available_memory();  // what allocate() could still provide, in total

}  // namespace graft::cuda
