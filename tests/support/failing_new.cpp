#include "tests/support/failing_new.h"

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace graft {
namespace {

std::atomic<long> left{LONG_MAX};  // allocations until one fails; LONG_MAX: none does
std::atomic<bool> fail_after{false}, failed{false};
std::atomic<long> made{0};

void* allocate(size_t bytes, size_t align) {
  ++made;
  const bool out = left != LONG_MAX && (--left == 0 || (fail_after && left < 0));
  void* p = out                                 ? nullptr
            : align > alignof(std::max_align_t) ? std::aligned_alloc(align, (bytes + align - 1) / align * align)
                                                : std::malloc(bytes ? bytes : 1);
  failed = failed || !p;
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

FailingNew::FailingNew(long at, bool all_after) { fail_after = all_after, failed = false, left = at; }
FailingNew::~FailingNew() { left = LONG_MAX; }

bool new_has_failed() { return failed; }

long allocations() { return made; }

}  // namespace graft

void* operator new(size_t bytes) { return graft::allocate(bytes, 0); }
void* operator new(size_t bytes, std::align_val_t align) {
  return graft::allocate(bytes, static_cast<size_t>(align));
}
// Otherwise the sanitizers' own would be used, and free() below does not know its memory.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return graft::allocate(bytes, 0);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }
