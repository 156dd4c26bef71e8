// What a command computes on.
#pragma once
#include <string>
#include <vector>

#include "engine/device.h"

namespace graft {

struct ComputeOptions {
  std::string device = "auto";
  int threads = 0;                   // 0: all cores
  std::vector<std::string> kernels;  // "conv2d=direct"
};

// Finds the backend and applies the number of threads. Throws a usage error also for a kernel that it lacks.
const Backend& open_backend(const ComputeOptions& options);

// What a device of this backend is to run: the kernels that were picked, and kernels of the precision first. Throws
// a usage error if the backend has no such kernels.
KernelPolicy kernel_policy(const ComputeOptions& options, const Backend& backend,
                           Precision precision = Precision::f32);

// What computes, and why no GPU does if one might have been expected.
std::string describe_device(const ComputeOptions& options, const Backend& used);
// What computes in the precision of the device.
std::string describe_precision(const Device& device);

}  // namespace graft
