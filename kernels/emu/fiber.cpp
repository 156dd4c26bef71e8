#include "kernels/emu/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "kernels/api/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
constexpr bool kAsan = true;
#else
constexpr bool kAsan = false;
#define __sanitizer_start_switch_fiber(...)
#define __sanitizer_finish_switch_fiber(...)
#define ASAN_UNPOISON_MEMORY_REGION(...)
#endif

// Saves what a call must preserve (System V ABI), switches stacks, restores it. rdi: where to save the old stack
// pointer; rsi: the new one.
#if defined(__x86_64__) && !defined(GRAFT_EMU_UCONTEXT)
asm(R"(
.text
.type graft_emu_switch, @function
graft_emu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size graft_emu_switch, .-graft_emu_switch
.type graft_emu_begin, @function
graft_emu_begin:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
.size graft_emu_begin, .-graft_emu_begin
)");
extern "C" {
void graft_emu_switch(void** old_stack, void* new_stack);
void graft_emu_begin();
}
#endif

namespace graft::emu {
namespace {

constexpr size_t kStack = kAsan ? size_t{256} << 10 : size_t{64} << 10;

size_t page() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

Fiber::Fiber() {
  void* p =
      mmap(nullptr, kStack + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    fail(Fault::resources, "emu: no memory for the stack of another thread of a block; use fewer threads");
  mprotect(p, page(), PROT_NONE);
  stack_ = static_cast<std::byte*>(p) + page();
}

Fiber::~Fiber() {
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStack);
  munmap(stack_ - page(), kStack + page());
}

void Fiber::start(Entry entry, void* argument) {
  if (running_) {  // clear what an abandoned run left
    ASAN_UNPOISON_MEMORY_REGION(stack_, kStack);
  }
  entry_ = entry, argument_ = argument, running_ = true;
  here_fake_ = nullptr;
#if defined(__x86_64__) && !defined(GRAFT_EMU_UCONTEXT)
  // The frame that graft_emu_switch restores from: control words, r15 to rbp, return address; then 16-byte aligned.
  auto* top = reinterpret_cast<uint64_t*>(stack_ + kStack) - 2;
  uint32_t mxcsr;
  uint16_t control;
  asm volatile("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr), "=m"(control));
  *--top = reinterpret_cast<uint64_t>(&graft_emu_begin);
  *--top = 0;                                         // rbp
  *--top = 0;                                         // rbx
  *--top = reinterpret_cast<uint64_t>(this);          // r12
  *--top = reinterpret_cast<uint64_t>(&Fiber::main);  // r13
  *--top = 0, *--top = 0;                             // r14, r15
  *--top = uint64_t{control} << 32 | mxcsr;
  here_ = top;
#else
  getcontext(&here_);
  here_.uc_stack.ss_sp = stack_;
  here_.uc_stack.ss_size = kStack;
  here_.uc_link = nullptr;
  // makecontext passes ints only: a pointer is passed as two.
  const auto self = reinterpret_cast<uint64_t>(this);
  using Void = void (*)();
  const auto begin = [](uint32_t high, uint32_t low) {
    main(reinterpret_cast<Fiber*>(uint64_t{high} << 32 | low));
  };
  makecontext(&here_, reinterpret_cast<Void>(static_cast<void (*)(uint32_t, uint32_t)>(begin)), 2,
              static_cast<uint32_t>(self >> 32), static_cast<uint32_t>(self));
#endif
}

void Fiber::main(Fiber* self) {
  self->enter();
  self->entry_(self->argument_);
  self->running_ = false;
  self->leave(true);
}

void Fiber::resume() {
  __sanitizer_start_switch_fiber(&caller_fake_, stack_, kStack);
#if defined(__x86_64__) && !defined(GRAFT_EMU_UCONTEXT)
  graft_emu_switch(&caller_, here_);
#else
  swapcontext(&caller_, &here_);
#endif
  __sanitizer_finish_switch_fiber(caller_fake_, nullptr, nullptr);
}

void Fiber::enter() { __sanitizer_finish_switch_fiber(here_fake_, &caller_stack_, &caller_size_); }

void Fiber::leave([[maybe_unused]] bool for_good) {
  __sanitizer_start_switch_fiber(for_good ? nullptr : &here_fake_, caller_stack_, caller_size_);
#if defined(__x86_64__) && !defined(GRAFT_EMU_UCONTEXT)
  graft_emu_switch(&here_, caller_);
#else
  swapcontext(&here_, &caller_);
#endif
}

void Fiber::suspend() {
  leave(false);
  enter();
}

}  // namespace graft::emu
