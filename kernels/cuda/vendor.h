// Variants of NVIDIA's libraries in our tables: the yardstick, never the default. If the headers were missing at
// build time, nothing is added.
#pragma once
#include "kernels/api/table.h"

namespace graft::cuda {

void add_cublas(Tables& tables);
void add_cudnn(Tables& tables);

}  // namespace graft::cuda
