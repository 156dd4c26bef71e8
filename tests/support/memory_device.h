// A device with memory but no kernels, for tests of code that only stores and reads tensors. Needs no backend.
#pragma once
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/device.h"

namespace graft::test {

inline Device& memory_device() {
  static Backend backend = [] {
    Backend b{.name = "memory"};
    b.alloc = [](size_t bytes) -> void* {
      if (void* p = std::aligned_alloc(64, (bytes + 63) / 64 * 64)) return p;
      throw std::bad_alloc();
    };
    b.release = [](void* p) { std::free(p); };
    b.to_host = b.from_host = b.copy = [](void* to, const void* from, size_t bytes) {
      if (bytes) std::memcpy(to, from, bytes);
    };
    b.zero = [](void* p, size_t bytes) { std::memset(p, 0, bytes); };
    b.sync = [] {};
    return b;
  }();
  static Device device(backend);
  return device;
}

}  // namespace graft::test
