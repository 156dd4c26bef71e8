// The device that a command computes on.
#pragma once
#include <optional>
#include <string>

#include "kernels/api/backend.h"
#include "tools/commands/options.h"

namespace graft {

// Finds the backend and applies the number of threads and the choice of kernels.
Backend& open_backend(const ComputeOptions& options);

// The start-up line: what computes, and why no GPU does if one might have been expected.
std::string describe_device(const ComputeOptions& options, const Backend& used);

// Kernels of this precision come first from now on. Returns a line that says what computes in it. Throws a usage
// error if the backend has no such kernels.
std::string use_precision(Backend& backend, Precision precision);

void add_precision_option(CLI::App& command, std::optional<Precision>& precision, const char* help);

}  // namespace graft
