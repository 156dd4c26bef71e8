// Scheduling, and the barrier of the block. Those of the warps and cp.async are in warp.cpp and copies.cpp.
#include "kernels/emu/block.h"

#include <cstring>
#include <exception>
#include <utility>

#include "kernels/api/error.h"

namespace graft::emu {

void Block::run(const Launch& launch, uint3 index, const Settings& settings) {
  launch_ = &launch, settings_ = &settings;
  begin(index);
  while (alive_) {
    bool progress = false;
    order_threads();
    for (int t : order_) {
      if (threads_[t].state != State::fresh && threads_[t].state != State::ready) continue;
      progress = true;
      run_thread(t);
      if (fault_) broken(*fault_);
    }
    if (!progress) release_block_or_report();
  }
  if (const auto at = shared_.damage())
    broken(fmt::format("byte {} of its shared memory was written, which has {} bytes", *at, shared_.bytes()));
}

void Block::begin(uint3 index) {
  const dim3 size = launch_->block;
  const int count = static_cast<int>(size.x * size.y * size.z);
  index_ = index;
  blockIdx = index, blockDim = size, gridDim = launch_->grid;
  if (!shared_.data() || shared_.bytes() != launch_->shared_bytes) shared_ = Guarded(launch_->shared_bytes);
  shared_.fill();
  fault_.reset();
  threads_.resize(count), order_.resize(count);
  warps_.resize((count + 31) / 32);
  for (int t = 0; t < count; ++t) {
    Thread& thread = threads_[t];
    thread.state = State::fresh;
    const unsigned i = static_cast<unsigned>(t);
    thread.index = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    thread.fiber = nullptr;
    thread.copies.clear(), thread.groups.clear(), thread.uncommitted = 0;
    order_[t] = settings_->schedule == Schedule::reverse ? count - 1 - t : t;
  }
  for (Warp& warp : warps_) warp.gone = 0, warp.meetings.clear();
  if (count % 32) warps_.back().gone = 0xFFFFFFFFu << (count % 32);
  alive_ = count;
  shuffle_state_ =
      settings_->seed ^ (uint64_t{index.z} << 42 ^ uint64_t{index.y} << 21 ^ index.x) * 0x9E3779B97F4A7C15u;
  free_.clear();
  for (auto& fiber : fibers_) free_.push_back(fiber.get());
}

// Fisher-Yates, with SplitMix64, again for each round.
void Block::order_threads() {
  if (settings_->schedule != Schedule::shuffled) return;
  for (size_t i = order_.size(); i > 1; --i) {
    uint64_t z = shuffle_state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    std::swap(order_[i - 1], order_[(z ^ (z >> 31)) % i]);
  }
}

void Block::run_thread(int t) {
  Thread& thread = threads_[t];
  if (thread.state == State::fresh) {
    if (free_.empty()) free_.push_back(fibers_.emplace_back(std::make_unique<Fiber>()).get());
    thread.fiber = free_.back();  // the stack used last, so that threads which never wait share one
    free_.pop_back();
    thread.fiber->start([](void* self) { static_cast<Block*>(self)->thread_main(); }, this);
  }
  thread.state = State::ready;
  current_ = t;
  threadIdx = thread.index;
  thread.fiber->resume();
  if (thread.fiber->running()) return;
  free_.push_back(thread.fiber);
  thread.state = State::done;
  --alive_;
  Warp& warp = warps_[t / 32];
  warp.gone |= 1u << (t % 32);
  for (size_t m = warp.meetings.size(); m-- > 0;) resolve_if_complete(t / 32, m);
}

void Block::thread_main() {
  try {
    launch_->call(launch_->closure);
  } catch (const std::exception& e) {
    if (!fault_) fault_ = fmt::format("{}: {}", name(current_), e.what());
  }
}

void Block::wait(State state, Where where) {
  Thread& thread = threads_[current_];
  thread.state = state, thread.where = where;
  thread.fiber->suspend();
}

void* Block::shared(size_t bytes, size_t align) {
  if (bytes > shared_.bytes() && bytes > 1)  // an empty struct has size 1
    fail(Fault::bug, "SHARED wants {} bytes, but launch<Smem> gave {}", bytes, shared_.bytes());
  require(reinterpret_cast<uintptr_t>(shared_.data()) % align == 0, "shared memory is not aligned to {}", align);
  return shared_.data();
}

void Block::meet_block(Where where) { wait(State::at_block, where); }

// No thread can continue: either all that are left wait at one barrier, or they never will.
void Block::release_block_or_report() {
  for (size_t w = 0; w < warps_.size(); ++w)
    if (!warps_[w].meetings.empty()) report_stuck_warp(static_cast<int>(w), warps_[w].meetings.front());
  const Thread* first = nullptr;
  for (Thread& thread : threads_) {
    if (thread.state != State::at_block) continue;
    if (!first) first = &thread;
    if (!same(thread.where, first->where)) {
      const auto at = [&](const Thread& t) { return name(name(static_cast<int>(&t - threads_.data())), t.where); };
      broken(fmt::format("divergent __syncthreads: {}, but {}; all threads of a block must come to the same one",
                         at(*first), at(thread)));
    }
    thread.state = State::ready;
  }
}

std::string Block::name(int thread) const {
  const uint3 i = threads_[thread].index;
  return fmt::format("thread ({},{},{})", i.x, i.y, i.z);
}

std::string Block::name(const std::string& what, Where where) const {
  return fmt::format("{} waits at {}", what, line(where));
}

void Block::broken(const std::string& what) const {
  fail(Fault::bug, "emu: the kernel launched at {}, block ({},{},{}): {}", line(launch_->grid.where), index_.x,
       index_.y, index_.z, what);
}

bool same(Where a, Where b) {
  return a.line() == b.line() && a.column() == b.column() && (a.file_name() == b.file_name() || line(a) == line(b));
}

std::string line(Where where) {
  const char* slash = std::strrchr(where.file_name(), '/');
  return fmt::format("{}:{}", slash ? slash + 1 : where.file_name(), where.line());
}

}  // namespace graft::emu
