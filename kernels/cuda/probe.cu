#include "kernels/cuda/probe.h"

namespace graft::cuda {
namespace {

__global__ void empty_kernel() {}

}  // namespace

cudaError_t run_empty_kernel() {
  empty_kernel<<<1, 1>>>();
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? cudaDeviceSynchronize() : error;
}

}  // namespace graft::cuda
