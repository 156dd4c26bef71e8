// Convolutions. The source files of the same names explain how they work.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {

// Stride 1 and filters of at most 11x11.
bool direct_supports(const Conv2d& a, const DeviceInfo&);
bool direct_supports(const Conv2dGradInput& a, const DeviceInfo&);
size_t direct_workspace(const Conv2d& a);
size_t direct_workspace(const Conv2dGradInput& a);
void conv2d_direct(const Conv2d& a, void* workspace, Stream&);
void conv2d_grad_input_direct(const Conv2dGradInput& a, void* workspace, Stream&);

// Stride 1, at most four channels, no pool: images.
bool shallow_supports(const Conv2d& a, const DeviceInfo&);
size_t shallow_workspace(const Conv2d& a);
void conv2d_shallow(const Conv2d& a, void* workspace, Stream&);

// Any convolution with a pool: for conv2d_bf16, which always pools inside, at sizes that no other variant supports.
bool then_pool_supports(const Conv2d& a, const DeviceInfo&);
size_t then_pool_workspace(const Conv2d& a);
void conv2d_then_pool(const Conv2d& a, void* workspace, Stream&);

// The variants of conv2d, for kernels that are built on another.
const OpTable<Conv2d>& conv2d_rows();

// Any convolution without a pool.
bool im2col_supports(const Conv2d& a, const DeviceInfo&);
void conv2d_im2col(const Conv2d& a, void* workspace, Stream&);
void conv2d_grad_input_im2col(const Conv2dGradInput& a, void* workspace, Stream&);
size_t outer_workspace(const Conv2dGradWeight& a);
void conv2d_grad_weight_outer(const Conv2dGradWeight& a, void* workspace, Stream&);

}  // namespace graft::cpu
