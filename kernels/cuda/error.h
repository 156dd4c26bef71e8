// Errors of the CUDA runtime as Error. A failing kernel is only noticed by some later call, and nothing works after
// it: the message names the kernel that was queued last, and how to find the one that failed.
#pragma once
#include <cuda_runtime_api.h>

namespace graft::cuda {

// Throws Error if a call failed: resources, or a bug of ours. `what` is the current action: "copying to the GPU".
void check(cudaError_t error, const char* what);

}  // namespace graft::cuda
