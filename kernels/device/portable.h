// The layer that lets one source be compiled by nvcc for a GPU and by the host compiler for the emulator. A kernel
// file is ordinary CUDA inside namespace graft::DEVICE_NS; only three things are spelled differently, because a
// host compiler does not support them:
//   launch<Smem>(kernel, grid, block, stream, args...)   instead of <<< >>>; Smem = NoShared if there is none
//   SHARED(Smem, s);                                     instead of __shared__; s is a Smem&, one struct per kernel
//   mma_*, ldmatrix_*, cp_async_* (mma.cuh)              instead of inline PTX
#pragma once
#include <type_traits>

#include "kernels/api/ops.h"
#include "kernels/api/variant.h"

// GLOBAL void __launch_bounds__(256) f(Args a): a kernel. DEVICE: a function for kernels. HOST_DEVICE: for both,
// such as index maps that are tested on the host.
#ifdef __CUDACC__
#include <cuda_runtime.h>

#include "kernels/device/launched.h"
#define DEVICE_NS cuda
#define GLOBAL __global__
#define DEVICE __device__ __forceinline__
#define HOST_DEVICE __host__ __device__ __forceinline__
// The macro argument must not contain a comma: name a template's instance first (using Smem = Tile<128, 8>). The
// name of the unused register tells kernels/cuda/kernel_table.sh the size, which ptxas cannot know.
#define SHARED(Smem, s)                                               \
  extern __shared__ __align__(128) unsigned char graft_shared[];      \
  asm volatile("{ .reg .b32 graft_shared_%0; }" ::"n"(sizeof(Smem))); \
  Smem& s = *reinterpret_cast<Smem*>(graft_shared)
#else
#include "kernels/emu/builtins.h"
#define DEVICE_NS emu
#define GLOBAL
#define DEVICE inline
#define HOST_DEVICE inline
#define SHARED(Smem, s) Smem& s = *static_cast<Smem*>(graft::emu::shared_memory(sizeof(Smem), alignof(Smem)))
#endif

namespace graft::DEVICE_NS {

struct NoShared {};

template <class Smem>
constexpr unsigned kSharedBytes = std::is_empty_v<Smem> ? 0 : sizeof(Smem);

[[noreturn]] void refuse_grid(int64_t x, int64_t y);  // throws Error (resources)

// A grid of x (or x by y) blocks; sizes beyond a GPU's limits are refused here, before they are truncated to 32
// bits.
inline dim3 grid_of(int64_t x, int64_t y = 1) {
  if (x >= int64_t{1} << 31 || y > 65535) refuse_grid(x, y);
  return dim3(static_cast<unsigned>(x), static_cast<unsigned>(y));
}

// Queues the kernel, and requests shared memory above 48 KB where needed. Throws Error (resources) if the launch is
// refused. Shared memory is not constructed: Smem must be plain data.
#ifdef __CUDACC__
template <class Smem, class... P>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, Stream& stream, std::type_identity_t<P>... args) {
  static_assert(std::is_trivially_default_constructible_v<Smem> && alignof(Smem) <= 128);
  constexpr int kBytes = kSharedBytes<Smem>;
  cudaError_t error = cudaSuccess;
  if constexpr (kBytes > 48 * 1024)
    error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (error != cudaSuccess) cudaGetLastError();  // or the next launch would return it again
  if (error == cudaSuccess) {
    kernel<<<grid, block, kBytes, static_cast<cudaStream_t>(stream.handle)>>>(args...);
    error = cudaGetLastError();
  }
  launched(reinterpret_cast<const void*>(kernel), grid, block, kBytes, error);
}
#else
template <class Smem, class... P>
void launch(void (*kernel)(P...), LaunchGrid grid, dim3 block, Stream&, std::type_identity_t<P>... args) {
  static_assert(std::is_trivially_default_constructible_v<Smem> && alignof(Smem) <= 128);
  const auto call = [&] { kernel(args...); };
  run_grid({.grid = grid,
            .block = block,
            .shared_bytes = kSharedBytes<Smem>,
            .call = [](const void* f) { (*static_cast<decltype(&call)>(f))(); },
            .closure = &call});
}
#endif

}  // namespace graft::DEVICE_NS
