// An empty kernel: running it shows whether this build has code for the GPU.
#pragma once
#include <cuda_runtime_api.h>

namespace graft::cuda {

cudaError_t run_empty_kernel();  // and waits for it

}  // namespace graft::cuda
