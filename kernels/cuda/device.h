// The GPU that is used: the first that CUDA_VISIBLE_DEVICES leaves.
#pragma once
#include <string>

namespace graft::cuda {

struct Gpu {
  std::string absent_because;  // "" when it can be used
  std::string name;            // "NVIDIA H100 80GB HBM3 (sm_90, 132 SMs, 85.0 GB)"
};

// Asks the driver and runs an empty kernel. Never throws: what is wrong is the answer.
Gpu find_gpu();

}  // namespace graft::cuda
