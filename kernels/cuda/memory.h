// Memory of the GPU, through one arena. All kernels and copies within the GPU are queued on one stream, so a block
// that is freed can be handed out again at once: whoever gets it is queued behind whoever used it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace graft::cuda {

void* allocate(size_t bytes);  // throws Error (resources) that says how much there is
void release(void* p);
int64_t available_memory();  // what allocate() could still give, in all

}  // namespace graft::cuda
