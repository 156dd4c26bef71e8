#include "kernels/cuda/error.h"

#include <cxxabi.h>

#include <cstdlib>
#include <string_view>

#include "kernels/api/error.h"
#include "kernels/device/launched.h"

namespace graft::cuda {
namespace {

const void* last_kernel = nullptr;  // kernels are launched by one thread

std::string name_of(const void* kernel) {
  const char* mangled = nullptr;
  if (cudaFuncGetName(&mangled, kernel) != cudaSuccess || !mangled) return "a kernel without a name";
  int status = 0;
  char* plain = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string name = plain ? plain : mangled;
  std::free(plain);
  const std::string unnamed = "(anonymous namespace)::";
  for (size_t at; (at = name.find(unnamed)) != name.npos;) name.erase(at, unnamed.size());
  return name.substr(0, name.rfind('('));  // without the types of its arguments
}

std::string text_of(cudaError_t error) {
  return fmt::format("{} ({})", cudaGetErrorString(error), cudaGetErrorName(error));
}

// Errors that a kernel caused, whichever call returns them. (A broken or busy GPU is not our bug.)
bool by_kernel(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorIllegalInstruction:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorAssert:
    case cudaErrorLaunchFailure:
      return true;
    default:
      return false;
  }
}

bool short_of_something(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
    case cudaErrorLaunchTimeout:
    case cudaErrorLaunchOutOfResources:
    case cudaErrorDevicesUnavailable:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorSystemNotReady:
      return true;
    default:
      return false;
  }
}

bool waits_for_each_kernel() {
  static const char* value = std::getenv("GRAFT_CUDA_SYNC");
  return value && std::string_view(value) == "1";
}

}  // namespace

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  if (by_kernel(error))
    fail(Fault::bug,
         "the GPU stopped while {}: {}. The fault is in {} or a kernel before it: GRAFT_CUDA_SYNC=1 in the "
         "environment finds the kernel, and compute-sanitizer, put before the command, its line",
         what, text_of(error), last_kernel ? name_of(last_kernel) : "a kernel");
  fail(short_of_something(error) ? Fault::resources : Fault::bug, "the GPU failed while {}: {}; see nvidia-smi",
       what, text_of(error));
}

void launched(const void* kernel, dim3 grid, dim3 block, unsigned shared_bytes, cudaError_t error) {
  last_kernel = kernel;
  if (by_kernel(error)) check(error, "a kernel was queued");
  if (error != cudaSuccess)
    fail(Fault::resources,
         "the GPU refused the kernel {} of {}x{}x{} blocks of {}x{}x{} threads with {} bytes of shared memory: {}",
         name_of(kernel), grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes, text_of(error));
  if (!waits_for_each_kernel()) return;
  const cudaError_t result = cudaDeviceSynchronize();
  if (result != cudaSuccess)
    fail(by_kernel(result) ? Fault::bug : Fault::resources,
         "the kernel {} of {}x{}x{} blocks failed: {}; compute-sanitizer, put before the command, finds its line",
         name_of(kernel), grid.x, grid.y, grid.z, text_of(result));
}

}  // namespace graft::cuda
