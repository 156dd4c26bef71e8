// A fiber: a thread of control with its own stack, which runs until it suspends. Switching is a call that returns
// on another stack; hand-written for x86-64, ucontext elsewhere. There is a guard page below each stack, and
// AddressSanitizer is told about every switch. A fiber stays on the OS thread that resumes it.
#pragma once
#include <cstddef>
#if !defined(__x86_64__) || defined(GRAFT_EMU_UCONTEXT)
#include <ucontext.h>
#endif

namespace graft::emu {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  Fiber();  // throws Error (resources)
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The next resume() starts entry(argument), which must not throw. A fiber that did not finish is abandoned:
  // nothing on its stack is destroyed.
  void start(Entry entry, void* argument);
  void resume();         // returns when the fiber suspends or finishes
  void suspend();        // only within the fiber
  bool running() const;  // started and not finished

 private:
  static void main(Fiber* self);
  void enter();
  void leave(bool for_good);

  std::byte* stack_;  // lowest usable byte
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  bool running_ = false;
#if defined(__x86_64__) && !defined(GRAFT_EMU_UCONTEXT)
  void *here_ = nullptr, *caller_ = nullptr;  // stack pointers
#else
  ucontext_t here_, caller_;
#endif
  // For AddressSanitizer.
  void *here_fake_ = nullptr, *caller_fake_ = nullptr;
  const void* caller_stack_ = nullptr;
  size_t caller_size_ = 0;
};

inline bool Fiber::running() const { return running_; }

}  // namespace graft::emu
