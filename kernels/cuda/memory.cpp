#include "kernels/cuda/memory.h"

#include "kernels/api/arena.h"
#include "kernels/api/error.h"
#include "kernels/cuda/error.h"

namespace graft::cuda {
namespace {

void* take(size_t bytes) {
  void* p = nullptr;
  const cudaError_t error = cudaMalloc(&p, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // or the next launch would return it
    return nullptr;
  }
  check(error, "memory was taken");
  return p;
}

void give(void* p) {
  check(cudaDeviceSynchronize(), "waiting for its kernels");  // one of them may still use the segment
  check(cudaFree(p), "memory was given back");
}

// Never destroyed: at exit the driver may be gone before our destructors run, and frees the memory itself.
Arena& arena() {
  static Arena& one = *new Arena({take, give});
  return one;
}

struct Room {
  size_t free = 0, total = 0;
};
Room room() {
  Room r;
  check(cudaMemGetInfo(&r.free, &r.total), "its free memory was asked for");
  return r;
}

}  // namespace

void* allocate(size_t bytes) {
  if (void* p = arena().alloc(bytes)) return p;
  const Room r = room();
  const Arena::Use& use = arena().use();
  const auto gb = [](size_t b) { return double(b) / 1e9; };
  fail(Fault::resources,
       "the GPU is out of memory: {:.2f} GB more were requested; "
       "of its {:.1f} GB this program uses {:.2f} and keeps {:.2f} in fragments, {:.2f} are free; "
       "a smaller batch, head or image size needs less",
       gb(bytes), gb(r.total), gb(use.used), gb(use.held - use.used), gb(r.free));
}

void release(void* p) { arena().release(p); }

int64_t available_memory() {
  const Arena::Use& use = arena().use();
  return static_cast<int64_t>(room().free + use.held - use.used);
}

}  // namespace graft::cuda
