#include "kernels/cuda/device.h"

#include <cuda_runtime_api.h>
#include <fmt/core.h>

#include "kernels/cuda/diagnosis.h"
#include "kernels/cuda/probe.h"

namespace graft::cuda {
namespace {

// "" for success. A non-sticky error is cleared, so that no later call returns it.
std::string trouble(cudaError_t error) {
  if (error == cudaSuccess) return "";
  cudaGetLastError();
  return cudaGetErrorString(error);
}

bool without_image(cudaError_t error) {
  return error == cudaErrorNoKernelImageForDevice || error == cudaErrorInvalidDeviceFunction ||
         error == cudaErrorUnsupportedPtxVersion || error == cudaErrorInvalidKernelImage;
}

}  // namespace

Gpu find_gpu() {
  Facts facts{.built_for = GRAFT_CUDA_BUILT_FOR};
  cudaDeviceProp gpu{};
  // Each question only makes sense if the one before was answered well.
  trouble(cudaDriverGetVersion(&facts.driver));
  trouble(cudaRuntimeGetVersion(&facts.runtime));
  if (facts.driver / 1000 >= facts.runtime / 1000) facts.error = trouble(cudaGetDeviceCount(&facts.gpus));
  if (facts.gpus > 0) facts.error = trouble(cudaGetDeviceProperties(&gpu, 0));
  facts.name = gpu.name, facts.major = gpu.major, facts.minor = gpu.minor;
  if (gpu.major >= 8) {
    facts.trouble = trouble(cudaSetDevice(0));
    const cudaError_t error = facts.trouble.empty() ? run_empty_kernel() : cudaSuccess;
    facts.image = !without_image(error);
    if (facts.trouble.empty()) facts.trouble = trouble(error);
  }
  return {why_unusable(facts), fmt::format("{} (sm_{}{}, {} SMs, {:.1f} GB)", facts.name, facts.major, facts.minor,
                                           gpu.multiProcessorCount, double(gpu.totalGlobalMem) / 1e9)};
}

}  // namespace graft::cuda
