// The memory arena of GPU and CPU, on simulated memory of any size and on malloc.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/api/arena.h"
#include "kernels/api/error.h"

using namespace graft;

namespace {

constexpr size_t kMB = size_t{1} << 20, kGB = size_t{1} << 30;

// A simulated device of `room` bytes: addresses that are never accessed, far apart, so that segments are not adjacent.
struct Pretended {
  size_t room;
  std::map<std::byte*, size_t> taken;
  std::byte* next;
};
Pretended device;

Arena::Source pretend(size_t room) {
  device = {room, {}, reinterpret_cast<std::byte*>(uintptr_t{1} << 40)};
  return {[](size_t bytes) -> void* {
            if (bytes > device.room) return nullptr;
            device.room -= bytes;
            std::byte* p = device.next;
            device.next += (bytes + kMB) / kMB * kMB;
            device.taken[p] = bytes;
            return p;
          },
          [](void* p) {
            REQUIRE(device.taken.contains(static_cast<std::byte*>(p)));
            device.room += device.taken[static_cast<std::byte*>(p)];
            device.taken.erase(static_cast<std::byte*>(p));
          }};
}

// Checks the blocks in use: aligned, inside of a segment, not overlapping.
class Checked {
 public:
  explicit Checked(Arena& arena) : arena_(arena) {}
  std::byte* alloc(size_t bytes) {
    auto* p = static_cast<std::byte*>(arena_.alloc(bytes));
    if (!p) return nullptr;
    CHECK(reinterpret_cast<uintptr_t>(p) % Arena::kAlign == 0);
    auto segment = device.taken.upper_bound(p);
    REQUIRE(segment != device.taken.begin());
    --segment;
    CHECK(p + bytes <= segment->first + segment->second);
    const auto after = used_.lower_bound(p);
    CHECK((after == used_.end() || p + bytes <= after->first));
    CHECK((after == used_.begin() || std::prev(after)->first + std::prev(after)->second <= p));
    used_[p] = bytes;
    return p;
  }
  void release(std::byte* p) { used_.erase(p), arena_.release(p); }
  const std::map<std::byte*, size_t>& used() const { return used_; }

 private:
  Arena& arena_;
  std::map<std::byte*, size_t> used_;
};

}  // namespace

TEST_CASE("arena: blocks are aligned, do not overlap, and are reused") {
  Arena arena(pretend(kGB));
  Checked blocks(arena);
  std::byte *a = blocks.alloc(1000), *b = blocks.alloc(1), *c = blocks.alloc(0);
  CHECK((a && b && c));
  CHECK(arena.use().takes == 1);
  blocks.release(b);
  CHECK(blocks.alloc(512) == b);
  std::byte* large = blocks.alloc(100 * kMB);
  CHECK(arena.use().takes == 2);
  blocks.release(large);
  CHECK(blocks.alloc(90 * kMB) == large);
  arena.release(nullptr);
  CHECK_THROWS_AS(arena.release(large + 512), Error);
  CHECK_THROWS_AS(arena.release(b + 1), Error);
  blocks.release(a);
  CHECK_THROWS_AS(arena.release(a), Error);
}

TEST_CASE("arena: freed neighbours are merged, in any order") {
  Arena arena(pretend(kGB));
  Checked blocks(arena);
  for (const auto& order : std::vector<std::vector<int>>{{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}}) {
    std::byte* p[3] = {blocks.alloc(20 * kMB), blocks.alloc(20 * kMB), blocks.alloc(24 * kMB)};
    CHECK(arena.use().takes == 1);
    for (int i : order) blocks.release(p[i]);
    CHECK(arena.use().used == 0);
    std::byte* whole = blocks.alloc(64 * kMB);
    CHECK(whole == p[0]);
    blocks.release(whole);
  }
  // Segments are never merged.
  std::byte *a = blocks.alloc(64 * kMB), *b = blocks.alloc(64 * kMB);
  blocks.release(a), blocks.release(b);
  const int64_t takes = arena.use().takes;
  blocks.alloc(128 * kMB);
  CHECK(arena.use().takes == takes + 1);
}

TEST_CASE("arena: sizes about and above 2^32 bytes") {
  Arena arena(pretend(64 * kGB));
  Checked blocks(arena);
  for (const size_t bytes : {4 * kGB - 1, 4 * kGB, 4 * kGB + 1, 9 * kGB}) CHECK(blocks.alloc(bytes) != nullptr);
  CHECK(arena.use().used > 21 * kGB);
  CHECK(blocks.alloc(SIZE_MAX) == nullptr);
  CHECK(blocks.alloc(SIZE_MAX - 511) == nullptr);
  CHECK(blocks.alloc(SIZE_MAX / 2) == nullptr);
  CHECK(blocks.alloc(kGB) != nullptr);
}

TEST_CASE("arena: when the device is full, unused segments are released first, then alloc returns null") {
  Arena arena(pretend(200 * kMB));
  Checked blocks(arena);
  std::byte *a = blocks.alloc(64 * kMB), *b = blocks.alloc(64 * kMB), *label = blocks.alloc(8);
  blocks.release(a);
  std::byte* c = blocks.alloc(120 * kMB);  // only fits once the first segment is released
  CHECK(c != nullptr);
  CHECK(arena.use().held == 192 * kMB);
  CHECK(blocks.alloc(9 * kMB) == nullptr);
  std::byte* last = blocks.alloc(8 * kMB);  // less than a segment is left: the request alone
  CHECK(last != nullptr);
  CHECK(blocks.alloc(2 * kMB) == nullptr);
  for (std::byte* p : {b, c, label, last}) blocks.release(p);
  arena.trim();
  CHECK(arena.use().held == 0);
  CHECK(device.taken.empty());
  CHECK(blocks.alloc(150 * kMB) != nullptr);
}

TEST_CASE("arena: a training step allocates nothing new once it is warm") {
  Arena arena(pretend(8 * kGB));
  Checked blocks(arena);
  const std::vector<size_t> sizes = {205 * kMB, 205 * kMB, 51 * kMB, 103 * kMB, 26 * kMB, 3 * kMB, 3000, 128, 64};
  const auto step = [&] {
    std::vector<std::byte*> saved;
    for (size_t size : sizes) saved.push_back(blocks.alloc(size));
    std::byte* dy = blocks.alloc(sizes.back());
    for (size_t i = sizes.size(); i-- > 0;) {
      std::byte* dx = blocks.alloc(sizes[i]);
      blocks.release(dy), blocks.release(saved[i]);
      dy = dx;
    }
    blocks.release(dy);
  };
  step(), step();
  const auto warm = arena.use();
  for (int i = 0; i < 50; ++i) step();
  CHECK(arena.use().takes == warm.takes);
  CHECK(arena.use().used == 0);
  CHECK(double(arena.use().held) < 1.5 * double(arena.use().peak));
}

TEST_CASE("arena: Keep::until_short: other sizes do not add up, and a warm step allocates nothing") {
  Arena arena(pretend(8 * kGB), Arena::Keep::until_short);
  Checked blocks(arena);
  for (const size_t bytes : {400 * kMB, 600 * kMB, 500 * kMB, 700 * kMB}) blocks.release(blocks.alloc(bytes));
  CHECK(arena.use().held == 700 * kMB);
  const auto step = [&] {
    std::byte* y[3] = {blocks.alloc(300 * kMB), blocks.alloc(200 * kMB), blocks.alloc(90 * kMB)};
    std::byte* dy = blocks.alloc(90 * kMB);
    for (std::byte* p : {y[2], y[1], dy, y[0]}) blocks.release(p);
  };
  step();
  const auto warm = arena.use();
  for (int i = 0; i < 20; ++i) step();
  CHECK(arena.use().takes == warm.takes);
}

TEST_CASE("arena: ten thousand random blocks never overlap, and all memory is released") {
  Arena arena(pretend(4 * kGB));
  Checked blocks(arena);
  std::mt19937 random(7);
  for (int i = 0; i < 10000; ++i) {
    if (!blocks.used().empty() && random() % 100 < 48) {
      auto victim = blocks.used().begin();
      std::advance(victim, random() % blocks.used().size());
      blocks.release(victim->first);
    } else {
      blocks.alloc(size_t(1) << (random() % 26) | random() % 1000);
    }
  }
  while (!blocks.used().empty()) blocks.release(blocks.used().begin()->first);
  CHECK(arena.use().used == 0);
  arena.trim();
  CHECK(device.taken.empty());
}

TEST_CASE("arena: contents are kept, on malloc") {
  Arena arena({[](size_t bytes) { return std::aligned_alloc(Arena::kAlign, bytes); }, std::free});
  std::vector<unsigned char*> blocks;
  for (int i = 1; i < 60; ++i) {
    blocks.push_back(static_cast<unsigned char*>(arena.alloc(size_t(i) * 3001)));
    std::memset(blocks.back(), i, size_t(i) * 3001);
  }
  for (int i = 1; i < 60; ++i)
    for (size_t at : {size_t{0}, size_t(i) * 3001 - 1}) CHECK(blocks[size_t(i) - 1][at] == i);
  for (auto* p : blocks) arena.release(p);
}
