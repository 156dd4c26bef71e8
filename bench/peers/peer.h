// Code shared by the peer programs. As in Graft's benchmarks, their operands lie in huge pages, hold noise, and
// take turns in as many sets.
#pragma once
#include <sys/mman.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <istream>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "bench/sets.h"

namespace graft::bench {

// Floats in [-1, 1). The period is prime, as in bench/memory.cpp.
inline const std::vector<float>& noise() {
  static const std::vector<float> tile = [] {
    std::vector<float> values(1048573);
    uint32_t state = 1;
    for (float& v : values) {
      state = state * 1664525u + 1013904223u;
      v = static_cast<float>(state >> 8) * 0x1p-23f - 1;
    }
    return values;
  }();
  return tile;
}

// Memory full of noise. Small blocks start at a huge page and fill it as well, so a set of operands shares no page.
class Buffer {
 public:
  explicit Buffer(size_t bytes) {
    constexpr size_t kHugePage = size_t{2} << 20;
    const size_t whole = (bytes / kHugePage + 1) * kHugePage;
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kHugePage, whole)));
    if (!memory_) throw std::bad_alloc();
    madvise(memory_.get(), whole, MADV_HUGEPAGE);  // a hint: failing is not an error
    const size_t tile = noise().size() * sizeof(float);
    for (size_t at = 0; at < bytes; at += tile)
      std::memcpy(memory_.get() + at, noise().data(), std::min(tile, bytes - at));
  }
  float* data() const { return reinterpret_cast<float*>(memory_.get()); }

 private:
  struct Free {
    void operator()(std::byte* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte, Free> memory_;
};

// The mean time of at least 3 calls that take 0.1 s together. call(i) works on set i of `sets`. Warm-up calls are
// not counted: each set once, and no fewer than 2.
template <class Call>
double milliseconds(size_t sets, const Call& call) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  for (size_t i = 0; i < std::max<size_t>(sets, 2); ++i) call(i % sets);
  std::chrono::duration<double, std::milli> passed{0};
  size_t calls = 0;
  for (const auto start = now(); calls < 3 || passed.count() < 100; passed = now() - start) call(calls++ % sets);
  return passed.count() / static_cast<double>(calls);
}

// Reads "M N K TA TB", TA and TB 1 where an operand is transposed, and times product(m, n, k, ta, tb, a, b, c) on
// matrices stored by rows.
template <class Product>
double time_gemm(std::istream& job, const Product& product) {
  int64_t m = 0, n = 0, k = 0;
  bool ta = false, tb = false;
  if (!(job >> m >> n >> k >> ta >> tb) || std::min({m, n, k}) < 1) throw std::runtime_error("no such product");
  const auto bytes = [](int64_t rows, int64_t columns) {
    return static_cast<size_t>(rows * columns) * sizeof(float);
  };
  const size_t sets = sets_for(bytes(m, k) + bytes(k, n) + bytes(m, n));
  std::vector<Buffer> a, b, c;
  for (size_t i = 0; i < sets; ++i)
    a.emplace_back(bytes(m, k)), b.emplace_back(bytes(k, n)), c.emplace_back(bytes(m, n));
  return milliseconds(sets, [&](size_t i) { product(m, n, k, ta, tb, a[i].data(), b[i].data(), c[i].data()); });
}

}  // namespace graft::bench
