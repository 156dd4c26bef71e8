// The GPU that is used: the first one visible under CUDA_VISIBLE_DEVICES.
#pragma once
#include <string>

namespace graft::cuda {

struct Gpu {
  std::string absent_because;  // "" when it can be used
  std::string name;            // "NVIDIA H100 80GB HBM3 (sm_90, 132 SMs, 85.0 GB)"
};

// Queries the driver and runs an empty kernel. Never throws: problems are returned.
Gpu find_gpu();

}  // namespace graft::cuda
