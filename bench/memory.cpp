// Large buffers are one tile repeated on the device: generating gigabytes of noise would take longer than the
// measurements. The tile's length is prime, so that no two rows or images start at the same offset in it.
#include "bench/memory.h"

#include <algorithm>
#include <cstring>

namespace graft::bench {
namespace {

constexpr int64_t kTile = 1048573;    // elements; the largest prime below 2^20
constexpr int64_t kSample = 1 << 20;  // elements from each of three places

}  // namespace

Memory::~Memory() {
  for (const Block& b : blocks_) backend_.release(b.at);
}

// xorshift32; the quality of the noise does not matter.
uint32_t Memory::next() {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 17;
  return state_ ^= state_ << 5;
}

float Memory::uniform(float from, float to) {
  return from + (to - from) * static_cast<float>(next() >> 8) * 0x1p-24f;
}

template <class T, class Draw>
std::vector<std::byte> Memory::tile_of(int64_t count, const Draw& draw) {
  std::vector<std::byte> tile(static_cast<size_t>(std::min(count, kTile)) * sizeof(T));
  for (size_t at = 0; at < tile.size(); at += sizeof(T)) {
    const T value = draw();
    std::memcpy(tile.data() + at, &value, sizeof(T));
  }
  return tile;
}

std::vector<std::byte> Memory::poison(Type type, int64_t count) const {
  return std::vector<std::byte>(static_cast<size_t>(std::min(count, kTile)) * test::size_of(type), std::byte{0xFF});
}

void* Memory::add(Type type, int64_t count, bool written, std::vector<std::byte> tile) {
  blocks_.push_back(
      {backend_.alloc(static_cast<size_t>(count) * test::size_of(type)), type, count, written, std::move(tile)});
  fill(blocks_.back());
  return blocks_.back().at;
}

// The numbers of a fill. With `sparse`, as after a ReLU that zeroes half of them.
float Memory::draw(test::Fill::Kind kind) {
  if (kind == test::Fill::active) return sparse_ ? std::max(0.0f, uniform(-1, 1)) : uniform(0, 1);
  if (kind == test::Fill::positive) return uniform(0, 1);
  return kind == test::Fill::zeros ? 0 : uniform(-1, 1);
}

std::vector<std::byte> Memory::tile_for(Type type, int64_t count, test::Fill fill) {
  const auto whole_number = [&] { return (next() >> 8) % static_cast<uint32_t>(fill.limit); };
  switch (type) {
    case Type::u8:
      return tile_of<uint8_t>(count, [&] { return static_cast<uint8_t>(whole_number()); });
    case Type::i32:
      return tile_of<int32_t>(count, [&] { return static_cast<int32_t>(whole_number()); });
    case Type::bf16:
      return tile_of<Bf16>(count, [&] { return bf16_of(draw(fill.kind)); });
    default:
      return tile_of<float>(count, [&] { return draw(fill.kind); });
  }
}

void* Memory::add(Role role, Type type, int64_t count, test::Fill fill) {
  return add(type, count, role != Role::in, role == Role::out ? poison(type, count) : tile_for(type, count, fill));
}

// Doubles the filled part until the block is full.
void Memory::fill(const Block& b) {
  if (b.tile.empty()) return;
  const size_t bytes = static_cast<size_t>(b.count) * test::size_of(b.type);
  backend_.from_host(b.at, b.tile.data(), b.tile.size());
  for (size_t full = b.tile.size(); full < bytes; full += std::min(full, bytes - full))
    backend_.copy(static_cast<std::byte*>(b.at) + full, b.at, std::min(full, bytes - full));
}

float* Memory::noise(int64_t count, float from, float to) {
  return static_cast<float*>(
      add(Type::f32, count, false, tile_of<float>(count, [&] { return uniform(from, to); })));
}

Bf16* Memory::noise_bf16(int64_t count, float from, float to) {
  return static_cast<Bf16*>(
      add(Type::bf16, count, false, tile_of<Bf16>(count, [&] { return bf16_of(uniform(from, to)); })));
}

uint8_t* Memory::bytes(int64_t count) {
  return static_cast<uint8_t*>(
      add(Type::u8, count, false, tile_of<uint8_t>(count, [&] { return static_cast<uint8_t>(next() >> 8); })));
}

int32_t* Memory::whole(int64_t count, int limit) {
  const auto draw = [&] { return static_cast<int32_t>((next() >> 8) % static_cast<uint32_t>(limit)); };
  return static_cast<int32_t*>(add(Type::i32, count, false, tile_of<int32_t>(count, draw)));
}

float* Memory::output(int64_t count) {
  return static_cast<float*>(add(Type::f32, count, true, poison(Type::f32, count)));
}

float* Memory::empty(int64_t count) { return static_cast<float*>(add(Type::f32, count, false, {})); }
Bf16* Memory::empty_bf16(int64_t count) { return static_cast<Bf16*>(add(Type::bf16, count, false, {})); }

void* Memory::workspace(size_t bytes) {
  return bytes ? add(Type::u8, static_cast<int64_t>(bytes), false, {}) : nullptr;
}

void Memory::reset() {
  for (const Block& b : blocks_)
    if (b.written) fill(b);
}

size_t Memory::bytes_in_all() const {
  size_t bytes = 0;
  for (const Block& b : blocks_) bytes += static_cast<size_t>(b.count) * test::size_of(b.type);
  return bytes;
}

Sample Memory::sample(const Block& b) const {
  const size_t size = test::size_of(b.type);
  Sample s{test::is_whole(b.type), {}};
  const auto take = [&](int64_t from, int64_t to) {
    std::vector<std::byte> part(static_cast<size_t>(to - from) * size);
    backend_.to_host(part.data(), static_cast<const std::byte*>(b.at) + from * static_cast<int64_t>(size),
                     part.size());
    for (size_t at = 0; at < part.size(); at += size) {
      float value = static_cast<float>(part[at]);
      if (b.type == Type::f32) std::memcpy(&value, part.data() + at, size);
      if (b.type == Type::bf16) {
        Bf16 narrow;
        std::memcpy(&narrow, part.data() + at, size);
        value = f32_of(narrow);
      }
      s.values.push_back(value);
    }
  };
  if (b.count <= 3 * kSample) {
    take(0, b.count);
  } else {
    take(0, kSample), take(b.count / 2, b.count / 2 + kSample), take(b.count - kSample, b.count);
  }
  return s;
}

std::vector<Sample> Memory::samples() const {
  std::vector<Sample> all;
  for (const Block& b : blocks_)
    if (b.written) all.push_back(sample(b));
  return all;
}

}  // namespace graft::bench
