#include "kernels/cuda/uploads.h"

#include "kernels/api/error.h"
#include "kernels/cuda/error.h"

namespace graft::cuda {
namespace {

constexpr cudaStream_t kKernels = nullptr;  // the default stream

struct Copies {
  cudaStream_t stream = nullptr;  // does not wait for the default stream by itself
  cudaEvent_t queued = nullptr;   // after the kernels that were queued at the last upload
  cudaEvent_t done[2] = {};       // of the last two uploads
  int64_t count = 0;

  Copies() {
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream for copies was made");
    for (cudaEvent_t* event : {&queued, &done[0], &done[1]})
      check(cudaEventCreateWithFlags(event, cudaEventDisableTiming), "an event was made");
  }
};
Copies& copies() {
  static Copies& one = *new Copies;  // never destroyed, like the arena: the driver may be gone before us
  return one;
}

}  // namespace

void* allocate_host(size_t bytes) {
  void* p = nullptr;
  const cudaError_t error = cudaHostAlloc(&p, bytes, cudaHostAllocDefault);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // or the next launch would return it
    fail(Fault::resources, "{:.1f} MB of host memory could not be pinned for the GPU; a smaller batch needs less",
         double(bytes) / 1e6);
  }
  check(error, "host memory was pinned");
  return p;
}

// Called by destructors, so it never throws: the next call that can throw reports an error of the GPU.
void release_host(void* p) {
  cudaDeviceSynchronize();  // no copy reads it any more
  cudaFreeHost(p);
}

int64_t upload(void* device, const void* host, size_t bytes) {
  Copies& c = copies();
  cudaEvent_t done = c.done[c.count % 2];
  // An event that was never recorded counts as complete: the first copy starts at once.
  check(cudaStreamWaitEvent(c.stream, c.queued), "an upload was queued");
  check(cudaEventRecord(c.queued, kKernels), "an upload was queued");
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, c.stream), "an upload was queued");
  check(cudaEventRecord(done, c.stream), "an upload was queued");
  check(cudaStreamWaitEvent(kKernels, done), "an upload was queued");
  return ++c.count;
}

// An event that has been recorded again since stands for a later copy on the same stream, which finishes later.
void wait_for_upload(int64_t number) {
  if (number > 0) check(cudaEventSynchronize(copies().done[(number - 1) % 2]), "waiting for an upload");
}

}  // namespace graft::cuda
