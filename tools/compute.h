// The device that a command computes on.
#pragma once
#include "kernels/api/backend.h"
#include "tools/options.h"

namespace graft {

// Finds the backend and applies the number of threads and the choice of kernels.
Backend& open_backend(const ComputeOptions& options);

}  // namespace graft
