// Copies to the GPU that run concurrently with its kernels, from pinned host memory, on a separate stream. See the
// contract in kernels/api/backend.h.
#pragma once
#include <cstddef>
#include <cstdint>

namespace graft::cuda {

void* allocate_host(size_t bytes);
void release_host(void* p);
int64_t upload(void* device, const void* host, size_t bytes);
void wait_for_upload(int64_t number);

}  // namespace graft::cuda
