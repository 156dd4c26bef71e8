// Deliberate bugs in kernels: the emulator must reveal each by an error that names it, by a NaN in the result, or by
// different bits under another schedule. The corrected version of each must pass.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "kernels/device/mma.cuh"
#include "tests/kernels/emulator.h"

namespace graft::emu {
namespace {

struct Row {
  float x[64];
};

template <bool kBarrier>
GLOBAL void turn_around(const float* x, float* y) {
  SHARED(Row, s);
  s.x[threadIdx.x] = x[threadIdx.x];
  if (kBarrier) __syncthreads();
  y[threadIdx.x] = s.x[63 - threadIdx.x];
}

// Without the barrier, a fast thread may overwrite row 0 while it is read.
template <bool kBarrier>
GLOBAL void two_rows(const float* x, float* y) {
  SHARED(Row, s);
  for (int row = 0; row < 2; ++row) {
    s.x[threadIdx.x] = x[row * 64 + threadIdx.x];
    __syncthreads();
    y[row * 64 + threadIdx.x] = s.x[63 - threadIdx.x];
    if (kBarrier) __syncthreads();
  }
}

template <int kWrong>
GLOBAL void copy(const float* x, float* y, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n + kWrong) y[i] = x[i < n ? i : 0];
}

GLOBAL void read_next(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x + 1]; }

template <int kFirst>
GLOBAL void sum_lanes(const float* x, float* y) {
  float v = x[threadIdx.x];
  for (int apart = kFirst; apart > 0; apart /= 2) v += __shfl_down_sync(0xFFFFFFFFu, v, apart);
  if (threadIdx.x == 0) *y = v;
}

GLOBAL void last_one_wins(float* y) {
  SHARED(Row, s);
  s.x[0] = static_cast<float>(threadIdx.x);
  __syncthreads();
  y[threadIdx.x] = s.x[0];
}

GLOBAL void past_shared_end(int by) {
  SHARED(Row, s);
  volatile float* x = s.x;
  if (threadIdx.x == 0) x[63 + by] = 1;
}

template <int kLeft>
GLOBAL void stream_in(const float* x, float* y) {
  SHARED(Row, s);
  if (threadIdx.x < 16) cp_async_16(&s.x[4 * threadIdx.x], x + 4 * threadIdx.x, threadIdx.x < 15);
  cp_async_commit();
  cp_async_wait<kLeft>();
  __syncthreads();
  y[threadIdx.x] = s.x[threadIdx.x];
}

constexpr int kDivergentLine = __LINE__ + 3;  // of the first barrier
GLOBAL void divergent() {
  if (threadIdx.x < 16) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

constexpr int kMissingLine = __LINE__ + 3;  // of the shuffle
GLOBAL void half_a_warp(float* y, uint32_t mask) {
  if (threadIdx.x % 32 < 16) {
    y[threadIdx.x] = __shfl_xor_sync(mask, 1.0f, 1);
  }
  __syncthreads();
}

struct Large {
  char bytes[100 << 10];
};
GLOBAL void use_large() {
  SHARED(Large, s);
  s.bytes[sizeof(s) - 1] = 1;
}
GLOBAL void use_more_than_given() {
  SHARED(Large, s);
  s.bytes[0] = 1;
}
GLOBAL void copy_to_elsewhere(float* y) { cp_async_16(y, y); }
GLOBAL void nothing() {}

}  // namespace
}  // namespace graft::emu

using namespace graft;
using namespace graft::emu;
using namespace graft::test;

namespace {

std::vector<float> counted(int n) {
  std::vector<float> v(n);
  for (int i = 0; i < n; ++i) v[i] = static_cast<float>(i + 1);
  return v;
}

// Returns one result per schedule.
template <class F>
std::vector<std::vector<float>> results(size_t count, const F& f) {
  std::vector<std::vector<float>> all;
  for (const Settings& s : kSchedules) {
    const WithSettings with(s);
    EmuBuffer y(count);
    f(y);
    all.push_back(y.values());
  }
  return all;
}

bool any_nan(const std::vector<std::vector<float>>& all) {
  for (const auto& y : all)
    for (float v : y)
      if (std::isnan(v)) return true;
  return false;
}

bool all_equal(const std::vector<std::vector<float>>& all) {
  for (const auto& y : all)
    if (y != all.front()) return false;  // a NaN is not equal to itself
  return true;
}

Stream stream;

}  // namespace

TEST_CASE("emulator: a missing barrier shows as NaN") {
  const EmuBuffer x(counted(64));
  CHECK(all_equal(results(64, [&](float* y) { launch<Row>(turn_around<true>, 1, 64, stream, x, y); })));
  CHECK(any_nan(results(64, [&](float* y) { launch<Row>(turn_around<false>, 1, 64, stream, x, y); })));
}

TEST_CASE("emulator: a missing second barrier changes the result under another schedule") {
  const EmuBuffer x(counted(128));
  CHECK(all_equal(results(128, [&](float* y) { launch<Row>(two_rows<true>, 1, 64, stream, x, y); })));
  CHECK_FALSE(all_equal(results(128, [&](float* y) { launch<Row>(two_rows<false>, 1, 64, stream, x, y); })));
}

TEST_CASE("emulator: a race changes the result under another schedule") {
  const auto all = results(64, [&](float* y) { launch<Row>(last_one_wins, 1, 64, stream, y); });
  CHECK_FALSE(any_nan(all));
  CHECK_FALSE(all_equal(all));
}

TEST_CASE("emulator: a wrong tail shows as NaN") {
  const EmuBuffer x(counted(70));
  CHECK(all_equal(results(70, [&](float* y) { launch<NoShared>(copy<0>, 3, 32, stream, x, y, 70); })));
  CHECK(any_nan(results(70, [&](float* y) { launch<NoShared>(copy<-1>, 3, 32, stream, x, y, 70); })));
  CHECK(any_nan(results(70, [&](float* y) { launch<NoShared>(copy<0>, 70 / 32, 32, stream, x, y, 70); })));
}

TEST_CASE("emulator: a wrong lane gives a wrong sum") {
  const EmuBuffer x(counted(32));
  CHECK(results(1, [&](float* y) { launch<NoShared>(sum_lanes<16>, 1, 32, stream, x, y); })[0][0] == 32 * 33 / 2);
  CHECK(results(1, [&](float* y) { launch<NoShared>(sum_lanes<8>, 1, 32, stream, x, y); })[0][0] != 32 * 33 / 2);
}

#if defined(__SANITIZE_ADDRESS__)
namespace {

// Runs f() in a child process and returns what AddressSanitizer prints.
template <class F>
std::string asan_report(const F& f) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 2);
    f();
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : text;
}

}  // namespace

TEST_CASE("emulator: AddressSanitizer stops inside a kernel with an out-of-bounds access") {
  const EmuBuffer x(counted(64)), y(64);
  CHECK(asan_report([&] { launch<NoShared>(copy<0>, 1, 64, stream, x, y, 64); }) == "");
  for (const std::string& report : {asan_report([&] { launch<NoShared>(copy<1>, 1, 65, stream, x, y, 64); }),
                                    asan_report([&] { launch<NoShared>(read_next, 1, 64, stream, x, y); }),
                                    asan_report([&] { launch<Row>(past_shared_end, 1, 64, stream, 1); })})
    CHECK_MESSAGE(has(report, "use-after-poison"), report);
}
#else
TEST_CASE("emulator: a write outside of a buffer is named, a read there is NaN") {
  const EmuBuffer x(counted(64)), y(64);
  CHECK(bug_of([&] { launch<NoShared>(copy<0>, 1, 65, stream, x, y, 64); }) == "");
  const int line = __LINE__ + 1;
  const std::string bug = bug_of([&] { launch<NoShared>(copy<1>, 1, 65, stream, x, y, 64); });
  CHECK_MESSAGE(has(bug, at(__FILE__, line) + ": byte 256 of a buffer of 256 bytes was written"), bug);
  CHECK(any_nan(results(64, [&](float* to) { launch<NoShared>(read_next, 1, 64, stream, x, to); })));
}

TEST_CASE("emulator: a write outside of shared memory is named") {
  CHECK(bug_of([&] { launch<Row>(past_shared_end, 1, 64, stream, 0); }) == "");
  const std::string bug = bug_of([&] { launch<Row>(past_shared_end, 1, 64, stream, 1); });
  CHECK_MESSAGE(has(bug, "byte 256 of its shared memory was written, which has 256 bytes"), bug);
}
#endif

TEST_CASE("emulator: a missing wait for cp.async shows as NaN") {
  const EmuBuffer x(counted(64));
  const auto right = results(64, [&](float* y) { launch<Row>(stream_in<0>, 1, 64, stream, x, y); });
  CHECK(all_equal(right));
  CHECK(right[0][59] == 60);
  CHECK(right[0][60] == 0);  // not valid: zeros
  CHECK(any_nan(results(64, [&](float* y) { launch<Row>(stream_in<1>, 1, 64, stream, x, y); })));
}

TEST_CASE("emulator: cp.async to an address outside of shared memory is named") {
  const EmuBuffer y(4);
  const std::string bug = bug_of([&] { launch<NoShared>(copy_to_elsewhere, 1, 1, stream, y); });
  CHECK_MESSAGE(has(bug, "the destination is not in shared memory"), bug);
}

TEST_CASE("emulator: a divergent barrier is named with both lines") {
  const std::string bug = bug_of([&] { launch<NoShared>(divergent, 3, 64, stream); });
  CHECK_MESSAGE(has(bug, "divergent __syncthreads"), bug);
  CHECK_MESSAGE(has(bug, "thread (0,0,0) waits at " + at(__FILE__, kDivergentLine)), bug);
  CHECK_MESSAGE(has(bug, "thread (16,0,0) waits at " + at(__FILE__, kDivergentLine + 2)), bug);
}

TEST_CASE("emulator: lanes that never reach a warp function are named") {
  const EmuBuffer y(64);
  CHECK(bug_of([&] { launch<NoShared>(half_a_warp, 1, 64, stream, y, 0xFFFFu); }) == "");
  const std::string bug = bug_of([&] { launch<NoShared>(half_a_warp, 1, 64, stream, y, 0xFFFFFFFFu); });
  CHECK_MESSAGE(has(bug, at(__FILE__, kMissingLine) + " with mask 0xffffffff waits for lanes 16-31 of warp 0"),
                bug);
  CHECK_MESSAGE(has(bug, at(__FILE__, kMissingLine + 2)), bug);  // where those lanes are
  const std::string outside = bug_of([&] { launch<NoShared>(half_a_warp, 1, 64, stream, y, 0xFFu); });
  CHECK_MESSAGE(has(outside, "lane 8 calls a warp function"), outside);
}

TEST_CASE("emulator: launches that CUDA would refuse are refused") {
  const std::string bug = bug_of([&] { launch<Large>(use_large, 1, 32, stream); });
  CHECK_MESSAGE(has(bug, "102400 bytes of shared memory, of which this GPU has 101376 a block"), bug);
  {
    const WithSettings ampere({.shared_limit = 163 << 10});
    CHECK(bug_of([&] { launch<Large>(use_large, 1, 32, stream); }) == "");
  }
  CHECK(has(bug_of([&] { launch<Row>(use_more_than_given, 1, 1, stream); }), "SHARED wants 102400 bytes"));
  CHECK(has(bug_of([&] { launch<NoShared>(nothing, 0, 32, stream); }), "a grid of 0x1x1 blocks"));
  CHECK(has(bug_of([&] { launch<NoShared>(nothing, dim3(1, 65536), 32, stream); }), "a grid of 1x65536x1 blocks"));
  CHECK(has(bug_of([&] { launch<NoShared>(nothing, 1, 1025, stream); }), "a block of 1025x1x1 threads"));
  CHECK(bug_of([&] { launch<NoShared>(nothing, 1, 1024, stream); }) == "");
}
