// The block boundaries of the CPU's matrix product, at sizes that the common cases do not cover: several blocks of
// rows, of columns and of the sum, and a result so large that it is written with non-temporal stores. At an address
// that is not a multiple of a vector, where these are not possible, the bits must be the same.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/reference/reference.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/targets.h"

using namespace graft;
using namespace graft::test;

namespace {

constexpr size_t kVector = 16;  // floats: the widest vector

std::vector<float> noise(int64_t size, uint32_t state) {
  std::vector<float> values(static_cast<size_t>(size));
  for (float& v : values) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
  }
  return values;
}

// Returns c, which the kernel writes `offset` floats after an aligned address.
std::vector<float> product(Gemm a, size_t offset) {
  const Backend& cpu = find_backend("cpu");
  const size_t size = static_cast<size_t>(a.m) * static_cast<size_t>(a.n);
  auto* memory = static_cast<float*>(cpu.alloc((size + kVector) * sizeof(float)));
  a.c = memory + offset;
  Stream stream;
  cpu.tables.gemm.all().front().run(a, nullptr, stream);
  const std::vector<float> c(a.c, a.c + size);
  cpu.release(memory);
  return c;
}

void check_target(const std::string& what, const Gemm& a, const std::vector<float>& want) {
  const Backend& cpu = find_backend("cpu");
  cpu.set_threads(2);
  const std::vector<float> aligned = product(a, 0);
  const Comparison c = compare(aligned, want, tolerance(Precision::f32));
  CHECK_MESSAGE(c.ok(), what, ": ", c.report());
  CHECK_MESSAGE(product(a, 1) == aligned, what, " at an odd address");
  // The number of threads determines how rows and columns are divided into tasks.
  for (const int threads : {1, 5}) {
    cpu.set_threads(threads);
    CHECK_MESSAGE(product(a, 0) == aligned, what, ": bits with ", threads, " threads");
  }
  if (a.ta) return;
  // Fewer rows are divided differently, and a single row is read differently.
  for (const int rows : {1, 7}) {
    Gemm few = a;
    few.m = rows;
    const std::vector<float> alone = product(few, 0);
    CHECK_MESSAGE(std::equal(alone.begin(), alone.end(), aligned.begin()), what, ": bits of ", rows, " rows");
  }
}

void check(int m, int n, int k, bool ta, bool tb) {
  const std::vector<float> left = noise(int64_t{m} * k, 1), right = noise(int64_t{k} * n, 2), bias = noise(n, 3);
  std::vector<float> want(static_cast<size_t>(m) * static_cast<size_t>(n));
  const Gemm a{m, n, k, ta, tb, left.data(), right.data(), bias.data(), want.data()};
  reference::run(a);
  const Backend& cpu = find_backend("cpu");
  const RestoreMachine restore{cpu};
  for (const int64_t target : targets_of(cpu)) {
    use_target(target);
    check_target(fmt::format("{} {}x{}x{} ta {} tb {}", target_name(target), m, n, k, ta, tb), a, want);
  }
}

void check_transposes(int m, int n, int k) {
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) check(m, n, k, ta, tb);
}

}  // namespace

TEST_CASE("gemm: block boundaries of rows, columns and the sum") {
  check_transposes(20, 300, 600);
  check_transposes(9, 530, 321);
  check_transposes(450, 70, 65);
  check_transposes(230, 2100, 33);
  check_transposes(113, 257, 300);
  check_transposes(230, 2100, 257);
  check_transposes(450, 520, 585);
}

TEST_CASE("gemm: many blocks in one direction") {
  check_transposes(2300, 270, 258);
  check_transposes(120, 2100, 257);
  check_transposes(120, 260, 1100);
}

TEST_CASE("gemm: a result larger than the caches") {
  check(8200, 1040, 3, true, false);
  check(4100, 2064, 2, false, true);
}
