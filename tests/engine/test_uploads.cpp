// Copies that overlap with kernels, on a simulated device that does everything as late as allowed.
#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <random>

#include "engine/staged_uploads.h"

using namespace graft;

namespace {

// Kernels run only when waited for. Copies are done when a kernel that depends on them runs or, with `early`, as
// soon as allowed: any order that the contract leaves open fails in one of the two. Freed memory is reused.
struct Late {
  struct Copy {
    void* device;
    const void* host;
    size_t bytes;
  };
  bool early = false;
  std::deque<Copy> copies;  // not done yet
  int64_t begun = 0, done = 0;
  std::deque<std::function<void()>> kernels;
  int64_t kernels_queued = 0, kernels_done = 0;
  int64_t kernels_before_last = 0;  // queued at the last upload: the next copy waits for them
  std::multimap<size_t, void*> freed;
  std::map<void*, size_t> blocks;
  std::map<void*, bool> host;

  void queue(std::function<void()> kernel) { ++kernels_queued, kernels.push_back(std::move(kernel)); }
  void run_kernels_to(int64_t count) {
    for (; kernels_done < count; ++kernels_done) kernels.front()(), kernels.pop_front();
  }
  void copy_to(int64_t count) {
    for (; done < count; ++done) {
      const Copy c = copies.front();
      copies.pop_front();
      std::memcpy(c.device, c.host, c.bytes);
    }
  }
} late;

void* late_alloc(size_t bytes) {
  if (const auto again = late.freed.find(bytes); again != late.freed.end()) {
    void* p = again->second;
    late.freed.erase(again);
    return p;
  }
  void* p = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  late.blocks[p] = bytes;
  return p;
}

int64_t late_upload(void* device, const void* host, size_t bytes) {
  late.run_kernels_to(late.kernels_before_last);  // before this copy starts
  late.kernels_before_last = late.kernels_queued;
  late.copies.push_back({device, host, bytes});
  ++late.begun;
  if (late.early) late.copy_to(late.begun);
  return late.begun;
}

const Backend& late_backend() {
  static Backend backend = [] {
    Backend b = cpu_backend();
    b.name = "late";
    b.alloc = late_alloc;
    b.release = [](void* p) {
      if (p) late.freed.emplace(late.blocks.at(p), p);
    };
    b.alloc_host = [](size_t bytes) {
      void* p = std::malloc(bytes);
      late.host[p] = true;
      return p;
    };
    b.release_host = [](void* p) {
      late.copy_to(late.begun);
      late.host.erase(p), std::free(p);
    };
    b.upload = late_upload;
    b.wait_for_upload = [](int64_t number) { late.copy_to(std::max(late.done, number)); };
    b.sync = [] { late.run_kernels_to(late.kernels_queued), late.copy_to(late.begun); };
    return b;
  }();
  return backend;
}

void forget(bool early) {
  for (const auto& [p, bytes] : late.blocks) std::free(p);
  late = {};
  late.early = early;
}

// Queues a kernel that checks the tensor when it runs, after the copies that were started before it was queued.
void queue_check(const Tensor& t, const std::vector<uint8_t>& want) {
  late.queue([t, want, copies = late.begun] {
    late.copy_to(std::max(late.done, copies));
    CHECK(std::memcmp(t.u8(), want.data(), want.size()) == 0);
  });
}

std::vector<uint8_t> noise(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> v(size);
  for (uint8_t& b : v) b = uint8_t(random());
  return v;
}

}  // namespace

TEST_CASE("uploads: no batch is overwritten before its kernels have read it, however late they run") {
  for (const bool early : {false, true}) {
    forget(early);
    Device device(late_backend());
    {
      StagedUploads uploads(device);
      std::vector<uint8_t> ahead = noise(600, 0), bytes = ahead;
      Tensor t = uploads.start({2, 10, 10, 3}, bytes);
      for (uint32_t i = 1; i < 40; ++i) {
        std::fill(bytes.begin(), bytes.end(), uint8_t(0xEE));  // the caller may reuse them immediately
        queue_check(t, ahead);
        if (i % 3) queue_check(t, ahead);
        const bool small = i % 7 == 0;  // the last batch of a pass
        ahead = bytes = noise(small ? 300 : i > 20 ? 1200 : 600, i);
        t = uploads.start({small ? 1 : i > 20 ? 4 : 2, 10, 10, 3}, bytes);
      }
      queue_check(t, ahead);
    }
    late.run_kernels_to(late.kernels_queued);
    CHECK(late.host.empty());
  }
  forget(false);
}

TEST_CASE("uploads: memory in use by queued kernels is not written before they have run") {
  forget(true);
  Device device(late_backend());
  {
    StagedUploads uploads(device);
    uint8_t* used = nullptr;
    {
      const Tensor before = Tensor::empty(device, {600}, DType::u8);
      used = before.u8();
      late.queue([used] { std::memset(used, 0x55, 600); });
    }
    const std::vector<uint8_t> bytes = noise(600, 1);
    const Tensor t = uploads.start({2, 10, 10, 3}, bytes);
    CHECK(t.u8() == used);
    queue_check(t, bytes);
    late.run_kernels_to(late.kernels_queued);
  }
  forget(false);
}

TEST_CASE("uploads: a backend without asynchronous copies uses synchronous ones") {
  Device device(cpu_backend());
  StagedUploads uploads(device);
  const std::vector<uint8_t> bytes = noise(12, 1);
  const Tensor a = uploads.start({1, 2, 2, 3}, bytes), b = uploads.start({1, 2, 2, 3}, noise(12, 2));
  CHECK(std::memcmp(a.u8(), bytes.data(), 12) == 0);
  CHECK(a.u8() != b.u8());
  CHECK_THROWS_AS(uploads.start({1, 2, 2, 3}, noise(11, 3)), Error);
}
