// What a CUDA thread needs from the block that runs it; the builtins of CUDA are built on these. All of them may
// only be called by a kernel. A violated rule throws Error (bug) out of the launch, with the lines and the threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <source_location>

#include "kernels/emu/vectors.h"

namespace graft::emu {

using Where = std::source_location;

struct Launch {
  LaunchGrid grid;
  dim3 block;
  size_t shared_bytes;
  void (*call)(const void* closure);  // runs the kernel for the current thread
  const void* closure;
};

// Runs every block of a launch, several at once; returns when all have finished.
void run_grid(const Launch& launch);

// The shared memory of the block; `bytes` must not exceed what the launch requested.
void* shared_memory(size_t bytes, size_t align);
bool in_shared_memory(const void* p, size_t bytes);

// Waits for all threads of the block that have not returned.
void meet_block(Where where);

// Waits for the lanes of `mask` that have not returned. The last to arrive calls resolve(slots), once for all:
// slots holds each lane's `slot`, and null for a missing lane. A lane outside of its mask is an error.
using Resolve = void (*)(void* const (&slots)[32]);
void meet_warp(uint32_t mask, void* slot, Resolve resolve, Where where);

int lane_id();

// cp.async: the copy of 16 bytes (zeros if not valid) happens at the wait; until then `to` holds NaN.
void copy_later(void* to, const void* from, bool valid, Where where);
void commit_copies();
void wait_copies(int groups_left);  // -1: all, committed or not

inline constinit thread_local uint3 threadIdx{}, blockIdx{};
inline constinit thread_local dim3 blockDim{}, gridDim{};
constexpr int warpSize = 32;

}  // namespace graft::emu
