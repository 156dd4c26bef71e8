// Copies that overlap with kernels, on a pretended device that does everything as late as it may.
#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <random>

#include "engine/uploads.h"

using namespace graft;

namespace {

// Copies are done when somebody waits for them, or when a kernel needs them; the kernels' reads are done at the
// last moment that the contract allows: before the copy that may overwrite what they read.
struct Late {
  struct Copy {
    void* device;
    const void* host;
    size_t bytes;
  };
  std::deque<Copy> copies;  // not done yet
  int64_t begun = 0, done = 0;
  int64_t kernels_before_last = 0;  // kernels queued at the last upload: the next copy waits for them
  std::deque<std::function<void()>> kernels;
  int64_t kernels_queued = 0, kernels_done = 0;
  std::map<void*, bool> host;

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

Backend& late_backend() {
  static Backend backend = [] {
    Backend b = cpu_backend();
    b.name = "late";
    b.alloc_host = [](size_t bytes) {
      void* p = std::malloc(bytes);
      late.host[p] = true;
      return p;
    };
    b.release_host = [](void* p) {
      late.copy_to(late.begun);
      late.host.erase(p), std::free(p);
    };
    b.upload = [](void* device, const void* host, size_t bytes) {
      late.copy_to(late.begun);                       // copies are in order
      late.run_kernels_to(late.kernels_before_last);  // before this copy begins
      late.kernels_before_last = late.kernels_queued;
      late.copies.push_back({device, host, bytes});
      // The earliest moment is now: kernels that were queued since the last upload may read after it.
      std::memcpy(device, host, bytes);
      return ++late.begun;
    };
    b.wait_for_upload = [](int64_t number) { late.copy_to(std::max(late.done, number)); };
    b.sync = [] { late.copy_to(late.begun), late.run_kernels_to(late.kernels_queued); };
    return b;
  }();
  return backend;
}

// A kernel that reads the tensor when it runs, behind the copies that were begun when it was queued.
void queue_check(const Tensor& t, const std::vector<uint8_t>& want) {
  ++late.kernels_queued;
  late.kernels.push_back([t, want, copies = late.begun] {
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

TEST_CASE("uploads: no batch is overwritten before its kernels have read it, however late all is") {
  late = {};
  Device device(late_backend());
  {
    Uploads uploads(device);
    std::vector<uint8_t> ahead = noise(600, 0), bytes = ahead;
    Tensor t = uploads.start({2, 10, 10, 3}, bytes);
    for (uint32_t i = 1; i < 40; ++i) {
      std::fill(bytes.begin(), bytes.end(), uint8_t(0xEE));  // the caller may change them at once
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

TEST_CASE("uploads: without a way of its own the bytes are copied as ever") {
  Device device(cpu_backend());
  Uploads uploads(device);
  const std::vector<uint8_t> bytes = noise(12, 1);
  const Tensor a = uploads.start({1, 2, 2, 3}, bytes), b = uploads.start({1, 2, 2, 3}, noise(12, 2));
  CHECK(std::memcmp(a.u8(), bytes.data(), 12) == 0);
  CHECK(a.u8() != b.u8());
  CHECK_THROWS_AS(uploads.start({1, 2, 2, 3}, noise(11, 3)), Error);
}
