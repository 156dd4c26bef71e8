// Launches: checks what CUDA would refuse, then distributes
// blocks over OpenMP threads. A fiber never leaves its OS thread.
#include <omp.h>

#include <exception>

#include "kernels/api/error.h"
#include "kernels/api/host_threads.h"
#include "kernels/emu/block.h"
#include "kernels/emu/memory.h"

namespace graft::emu {
namespace {

constinit thread_local Block* block = nullptr;

Block& running() {
  require(block != nullptr, "emu: a CUDA builtin was called outside of a kernel");
  return *block;
}

// Blocks keep their stacks and shared memory between launches.
Block& block_of_this_thread() {
  thread_local Block own;
  return own;
}

void check(const Launch& launch, const Settings& settings) {
  const dim3 g = launch.grid, b = launch.block;
  const auto refuse = [&](const std::string& why) {
    fail(Fault::bug, "emu: the launch at {} would be refused: {}", line(launch.grid.where), why);
  };
  if (!g.x || !g.y || !g.z || g.x > 0x7FFFFFFFu || g.y > 65535 || g.z > 65535)
    refuse(fmt::format("a grid of {}x{}x{} blocks (1 to 2147483647, 65535, 65535)", g.x, g.y, g.z));
  if (!b.x || !b.y || !b.z || b.x > 1024 || b.y > 1024 || b.z > 64 || b.x * b.y * b.z > 1024)
    refuse(fmt::format("a block of {}x{}x{} threads (at most 1024, z at most 64)", b.x, b.y, b.z));
  if (launch.shared_bytes > settings.shared_limit)
    refuse(fmt::format("{} bytes of shared memory, of which this GPU has {} a block", launch.shared_bytes,
                       settings.shared_limit));
}

void run_block(const Launch& launch, const Settings& settings, int64_t i) {
  const dim3 g = launch.grid;
  const uint3 index = {static_cast<unsigned>(i % g.x), static_cast<unsigned>(i / g.x % g.y),
                       static_cast<unsigned>(i / g.x / g.y)};
  struct Current {
    explicit Current(Block& b) { block = &b; }
    ~Current() { block = nullptr; }
  } current(block_of_this_thread());
  block->run(launch, index, settings);
}

}  // namespace

Settings& settings() {
  static Settings all;
  return all;
}

void run_grid(const Launch& launch) {
  const Settings now = settings();
  check(launch, now);
  require(!block, "emu: a kernel launches a kernel");
  const int64_t blocks = int64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  std::exception_ptr fault;
#pragma omp parallel for schedule(dynamic, 1) if (blocks > 1) num_threads(host_threads())
  for (int64_t i = 0; i < blocks; ++i) {
    try {
      run_block(launch, now, now.schedule == Schedule::reverse ? blocks - 1 - i : i);
    } catch (...) {
#pragma omp critical(graft_emu_fault)
      if (!fault) fault = std::current_exception();
    }
  }
  const std::string damage = memory_damage();
  if (fault) std::rethrow_exception(fault);
  if (!damage.empty()) fail(Fault::bug, "emu: the kernel launched at {}: {}", line(launch.grid.where), damage);
}

void* shared_memory(size_t bytes, size_t align) { return running().shared(bytes, align); }
bool in_shared_memory(const void* p, size_t bytes) { return running().in_shared(p, bytes); }
void meet_block(Where where) { running().meet_block(where); }
void meet_warp(uint32_t mask, void* slot, Resolve resolve, Where where) {
  running().meet_warp(mask, slot, resolve, where);
}
void copy_later(void* to, const void* from, bool valid, Where where) {
  running().copy_later(to, from, valid, where);
}
void commit_copies() { running().commit_copies(); }
void wait_copies(int groups_left) { running().wait_copies(groups_left); }

int lane_id() { return static_cast<int>((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x) % 32; }

}  // namespace graft::emu
