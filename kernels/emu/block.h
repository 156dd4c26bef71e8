// Runs one block of a launch: a fiber for each thread, shared memory, and the barriers of the block and of its
// warps. Threads take turns and run until they wait; a wait that can never end is reported with the lines and the
// threads. A Block belongs to one OS thread and is reused.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/emu/fiber.h"
#include "kernels/emu/guarded.h"
#include "kernels/emu/settings.h"
#include "kernels/emu/thread.h"

namespace graft::emu {

class Block {
 public:
  // Throws Error (bug) if the block breaks a rule; names the kernel by the line of its launch.
  void run(const Launch& launch, uint3 index, const Settings& settings);

  // For the thread that is running.
  void* shared(size_t bytes, size_t align);
  bool in_shared(const void* p, size_t bytes) const { return shared_.holds(p, bytes); }
  void meet_block(Where where);
  void meet_warp(uint32_t mask, void* slot, Resolve resolve, Where where);
  void copy_later(void* to, const void* from, bool valid, Where where);
  void commit_copies();
  void wait_copies(int groups_left);

 private:
  enum class State : uint8_t { fresh, ready, at_block, at_warp, done };
  struct Copy {
    void* to;
    const void* from;
    bool valid;
  };
  struct Thread {
    State state;
    uint3 index;
    Fiber* fiber;
    Where where;  // it waits here
    std::vector<Copy> copies;
    std::vector<int> groups;  // copies in each committed group, oldest first
    int uncommitted;
  };
  // Lanes of one warp that wait for each other.
  struct Meeting {
    Where where;
    uint32_t mask, arrived;
    Resolve resolve;
    void* slots[32];
  };
  struct Warp {
    uint32_t gone;  // returned, or never existed
    std::vector<Meeting> meetings;
  };

  void begin(uint3 index);
  void order_threads();
  void run_thread(int t);
  void thread_main();
  void wait(State state, Where where);
  void resolve_if_complete(int warp, size_t meeting);
  void release_block_or_report();
  [[noreturn]] void report_stuck_warp(int warp, const Meeting& meeting);
  std::string name(int thread) const;  // "thread (3,0,0)"
  std::string name(const std::string& what, Where where) const;
  [[noreturn]] void broken(const std::string& what) const;  // throws, with launch and block

  const Launch* launch_ = nullptr;
  const Settings* settings_ = nullptr;
  uint3 index_{};
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<int> order_;
  uint64_t shuffle_state_ = 0;
  int current_ = 0, alive_ = 0;
  std::optional<std::string> fault_;  // thrown by a thread
  Guarded shared_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> free_;
};

// "gemm.cu:51"
std::string line(Where where);
bool same(Where a, Where b);

}  // namespace graft::emu
