// The ops on bf16 storage.
#pragma once
#include "kernels/api/table.h"

namespace graft::cpu {

void to_bf16(const ToBf16& a, void* workspace, Stream&);
void from_bf16(const FromBf16& a, void* workspace, Stream&);

// Any size: widened to f32, convolved by the first variant of conv2d that supports it, and rounded.
size_t widened_workspace(const Conv2dBf16& a);
void conv2d_bf16_widened(const Conv2dBf16& a, void* workspace, Stream&);

}  // namespace graft::cpu
