// Options of the compute device.
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

// Finds the backend and sets its number of threads. Throws Error
// (usage) if the backend or a requested kernel does not exist.
const Backend& open_backend(const ComputeOptions& options);

// The kernel policy for a device of this backend: the requested kernels, and a preference for kernels of
// `precision`. Throws Error (usage) if the backend lacks them.
KernelPolicy kernel_policy(const ComputeOptions& options, const Backend& backend,
                           Precision precision = Precision::f32);

// "device: ...", with the reason if a GPU might have been expected and is not used.
std::string describe_device(const ComputeOptions& options, const Backend& used);
// "precision: ...", with what is computed in it.
std::string describe_precision(const Device& device);

}  // namespace graft
