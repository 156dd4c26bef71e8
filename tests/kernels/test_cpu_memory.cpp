// Memory of the CPU backend.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/api/backend.h"

using namespace graft;

TEST_CASE("cpu memory: zero() clears exactly the given bytes, anywhere in a huge page") {
  constexpr int64_t kPage = int64_t{2} << 20, kGuard = 4096;
  const Backend& backend = cpu_backend();
  for (const int64_t offset : {int64_t{0}, int64_t{4}, kPage - 4, kPage})
    for (const int64_t bytes : {int64_t{0}, int64_t{4}, kPage - 4, kPage, kPage + 4, 3 * kPage + 12}) {
      const size_t all = static_cast<size_t>(kGuard + offset + bytes + kGuard);
      auto* p = static_cast<unsigned char*>(backend.alloc(all));
      std::memset(p, 0xAB, all);
      unsigned char *const begin = p + kGuard + offset, *const end = begin + bytes;
      backend.zero(begin, static_cast<size_t>(bytes));
      const auto is = [](int v) { return [v](unsigned char c) { return c == v; }; };
      CHECK(std::all_of(begin, end, is(0)));
      CHECK(std::all_of(p, begin, is(0xAB)));
      CHECK(std::all_of(end, p + all, is(0xAB)));
      backend.release(p);
    }
}

TEST_CASE("cpu memory: blocks are aligned, do not overlap, and keep their contents") {
  const Backend& backend = cpu_backend();
  std::vector<unsigned char*> blocks;
  for (const size_t bytes : {size_t{1}, size_t{100}, size_t{5} << 20, size_t{70} << 20}) {
    blocks.push_back(static_cast<unsigned char*>(backend.alloc(bytes)));
    CHECK(reinterpret_cast<uintptr_t>(blocks.back()) % 64 == 0);
    blocks.back()[bytes - 1] = blocks.back()[0] = static_cast<unsigned char>(blocks.size());
  }
  backend.release(blocks[1]), backend.release(blocks[3]);
  CHECK(blocks[0][0] == 1);
  CHECK(blocks[2][0] == 3);
  CHECK(blocks[2][(size_t{5} << 20) - 1] == 3);
  backend.release(blocks[0]), backend.release(blocks[2]);
  backend.release(nullptr);
}

TEST_CASE("cpu memory: more than the machine has is refused, and the next request is served") {
  const Backend& backend = cpu_backend();
  CHECK_THROWS_AS(backend.alloc(size_t{1} << 50), Error);
  CHECK_THROWS_AS(backend.alloc(SIZE_MAX), Error);
  backend.release(backend.alloc(1000));
}
