// Convolution with 3x3 filters and stride 1 by Winograd's F(4x4,3x3); see docs/KERNELS-CPU.md.
#pragma once
#include <algorithm>

#include "kernels/api/table.h"
#include "kernels/cpu/tasks.h"

namespace graft::cpu {

// Sizes where this is faster than conv2d_direct (conv2d_grad_weight_outer) in batches, as measured in
// docs/KERNELS-CPU.md. Independent of batch size, so that results are bitwise identical for any batch; a single
// image of 7x7 and 512 channels is therefore slower than it could be.
bool winograd_supports(const Conv2d& a, const DeviceInfo&);
bool winograd_supports(const Conv2dGradInput& a, const DeviceInfo&);
bool winograd_supports(const Conv2dGradWeight& a, const DeviceInfo&);
size_t winograd_workspace(const Conv2d& a);
size_t winograd_workspace(const Conv2dGradInput& a);
size_t winograd_workspace(const Conv2dGradWeight& a);
void conv2d_winograd(const Conv2d& a, void* workspace, Stream&);
void conv2d_grad_input_winograd(const Conv2dGradInput& a, void* workspace, Stream&);
void conv2d_grad_weight_winograd(const Conv2dGradWeight& a, void* workspace, Stream&);

}  // namespace graft::cpu
