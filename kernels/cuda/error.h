// Errors of the CUDA runtime as errors of ours. A kernel that fails is noticed by a later call, whichever it is,
// and nothing works after it: the message names the kernel that was queued last, and how to find the one that
// failed.
#pragma once
#include <cuda_runtime_api.h>

namespace graft::cuda {

// Throws Error if a call failed: resources, or a bug of ours. `what` was being done: "copying to the GPU".
void check(cudaError_t error, const char* what);

}  // namespace graft::cuda
