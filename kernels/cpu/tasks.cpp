// Scratch memory of the tasks: kept between calls, because the system would have to clear it each time.
#include "kernels/cpu/tasks.h"

#include <cstdlib>
#include <memory>

#include "kernels/api/error.h"
#include "kernels/cpu/memory.h"

namespace graft::cpu {

float* scratch_memory(size_t floats) {
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  thread_local std::unique_ptr<float, Free> memory;
  thread_local size_t size = 0;
  if (floats > size) {
    memory.reset();
    size = 0;
    memory.reset(static_cast<float*>(aligned_memory(floats * sizeof(float))));
    if (!memory) {
      fail(Fault::resources, "out of memory: kernels need {:.1f} MB of scratch; use fewer threads",
           double(floats) * sizeof(float) / 1e6);
    }
    size = floats;
  }
  return memory.get();
}

}  // namespace graft::cpu
