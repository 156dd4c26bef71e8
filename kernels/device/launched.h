// Called after every launch on a GPU; for nvcc and the host compiler. (The emulator has its own checks.)
#pragma once
#include <cuda_runtime_api.h>

namespace graft::cuda {

// Throws Error (resources) if the launch was refused. Remembers the kernel for the messages of errors that show up
// later. With the environment variable GRAFT_CUDA_SYNC=1 it waits for the kernel and throws its error here.
void launched(const void* kernel, dim3 grid, dim3 block, unsigned shared_bytes, cudaError_t error);

}  // namespace graft::cuda
