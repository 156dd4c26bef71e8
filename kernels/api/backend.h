// A backend: memory and tables of kernels for one kind of device. A plain struct of function pointers, and a
// visible list of all of them; a backend that was not built is listed with the reason. Backends are immutable,
// except that set_threads() updates the info of its own; the choice among the variants belongs to a Device
// (kernels/api/policy.h).
#pragma once
#include <span>

#include "kernels/api/table.h"

namespace graft {

struct Backend {
  const char* name;
  const char* absent_because = nullptr;  // null when it can be used
  DeviceInfo info;
  Tables tables;
  // Memory on the device. Blocks start at a multiple of 64; throws Error (resources). A block may be released while
  // kernels that use it are queued: the next owner's work is queued after them.
  void* (*alloc)(size_t bytes);
  void (*release)(void* p);
  int64_t (*available)();  // bytes that alloc could still provide, in total; INT64_MAX if unknown
  void (*to_host)(void* host, const void* device, size_t bytes);
  void (*from_host)(void* device, const void* host, size_t bytes);
  void (*copy)(void* to, const void* from, size_t bytes);  // within the device
  void (*zero)(void* p, size_t bytes);
  void (*sync)();
  void (*set_threads)(int threads);
  // Copies that run concurrently with the kernels; null where kernels run synchronously. upload() queues a copy
  // from memory of alloc_host. It starts when the kernels that were queued before the last upload() have finished,
  // so that two buffers on the device can be used in turn; kernels queued from now on wait for it. `host` must not
  // change until wait_for_upload() of the returned number (0: no upload).
  void* (*alloc_host)(size_t bytes) = nullptr;  // throws Error (resources)
  void (*release_host)(void* p) = nullptr;      // waits for its copies; never throws
  int64_t (*upload)(void* device, const void* host, size_t bytes) = nullptr;
  void (*wait_for_upload)(int64_t number) = nullptr;
};

const Backend& cpu_backend();
const Backend& emu_backend();   // the device kernels on the host
const Backend& cuda_backend();  // an NVIDIA GPU; the first call looks for it
std::string cuda_build();       // what this build can run on GPUs, "CUDA 13.0 for sm_80 sm_90a"; "" if nothing

// All backends of this build, the CPU first.
std::span<const Backend* const> backends();

// By name, or "auto": cuda if it can be used, else cpu. Throws a usage error that says why a backend cannot be
// used. Looks for a GPU only if it is asked for.
const Backend& find_backend(std::string_view name);

}  // namespace graft
