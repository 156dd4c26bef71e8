// The device that a command computes on.
#pragma once
#include <optional>
#include <string>

#include "kernels/api/policy.h"
#include "tools/commands/options.h"

namespace graft {

class Device;

// Finds the backend and applies the number of threads. Throws a usage error also for a --kernel that it lacks.
const Backend& open_backend(const ComputeOptions& options);

// What a device of this backend is to run: --kernel, and kernels of the precision first. Throws a usage error if
// the backend has no such kernels.
KernelPolicy kernel_policy(const ComputeOptions& options, const Backend& backend,
                           Precision precision = Precision::f32);

// The start-up line: what computes, and why no GPU does if one might have been expected.
std::string describe_device(const ComputeOptions& options, const Backend& used);

// A line that says what computes in the precision of the device.
std::string describe_precision(const Device& device);

void add_precision_option(CLI::App& command, std::optional<Precision>& precision, const char* help);

}  // namespace graft
