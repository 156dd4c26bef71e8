// The backend "cuda": the device kernels on an NVIDIA GPU, all queued on the default stream.
#include "kernels/api/backend.h"

#include <cuda_runtime_api.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/error.h"
#include "kernels/cuda/memory.h"
#include "kernels/cuda/uploads.h"
#include "kernels/cuda/vendor.h"
#include "kernels/device/table.h"

namespace graft {
namespace {

// Returns when the host has the bytes, after all queued kernels.
void to_host(void* host, const void* device, size_t bytes) {
  if (bytes) cuda::check(cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost), "copying to the host");
}

// Returns when the host's memory may be changed.
void from_host(void* device, const void* host, size_t bytes) {
  if (bytes) cuda::check(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice), "copying to the GPU");
}

void copy(void* to, const void* from, size_t bytes) {
  if (bytes) cuda::check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copying");
}

void zero(void* p, size_t bytes) {
  if (bytes) cuda::check(cudaMemsetAsync(p, 0, bytes), "setting memory to zero");
}

Tables all_tables() {
  Tables tables = cuda::tables();
  cuda::add_cublas(tables);
  cuda::add_cudnn(tables);
  return tables;
}

Backend make_backend() {
  static const cuda::Gpu gpu = cuda::find_gpu();
  Backend b;  // field by field: if memory is short, g++ 12 destroys those of an initializer list twice
  b.name = "cuda";
  b.absent_because = gpu.absent_because.empty() ? nullptr : gpu.absent_because.c_str();
  b.info = {.name = gpu.name, .chunk = int64_t{32} * 224 * 224 * 64};
  b.tables = all_tables();
  b.alloc = cuda::allocate;
  b.release = cuda::release;
  b.available = cuda::available_memory;
  b.to_host = to_host;
  b.from_host = from_host;
  b.copy = copy;
  b.zero = zero;
  b.sync = [] { cuda::check(cudaDeviceSynchronize(), "waiting for its kernels"); };
  b.set_threads = [](int) {};
  b.alloc_host = cuda::allocate_host;
  b.release_host = cuda::release_host;
  b.upload = cuda::upload;
  b.wait_for_upload = cuda::wait_for_upload;
  return b;
}

}  // namespace

const Backend& cuda_backend() {
  static const Backend backend = make_backend();
  return backend;
}

std::string cuda_build() {
  return fmt::format("CUDA {}.{} for {}", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10, GRAFT_CUDA_BUILT_FOR);
}

}  // namespace graft
