#include "tests/kernels/buffers.h"

#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace graft::test {
namespace {

constexpr size_t kGuard = 256;      // bytes on each side of a buffer
constexpr std::byte kPoison{0xFF};  // a NaN in f32 and in f64

// SplitMix64. Not the engine's generator, which could hide an error there.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  float uniform() { return static_cast<float>(next() >> 40) * 0x1p-23f - 1.0f; }  // [-1, 1)

 private:
  uint64_t state_;
};

float signal(Noise& noise) {
  const uint64_t kind = noise.next() % 64;
  return noise.uniform() * (kind < 4 ? 0.0f : kind == 4 ? 8.0f : 1.0f);
}

float wild(Noise& noise) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kValues[] = {-1, -0.5f, -0.25f, 0, -0.0f, 0.25f, 0.5f, 1, 1, 0, 2, -2, kInf, -kInf, kNan, kNan};
  return kValues[noise.next() % std::size(kValues)];
}

float value(Noise& noise, Fill::Kind kind) {
  switch (kind) {
    case Fill::active:
      return std::max(0.0f, signal(noise));
    case Fill::positive: {
      const float v = signal(noise);
      return v * v + 1e-4f;
    }
    case Fill::zeros:
      return 0;
    case Fill::wild:
      return wild(noise);
    default:
      return signal(noise);
  }
}

// A whole number of magnitude at most 4; positive if the case requires it.
float small_whole(Noise& noise, Fill::Kind kind) {
  const float v = static_cast<float>(noise.next() % 9) - 4;
  return kind == Fill::positive ? v * v : kind == Fill::active ? std::max(0.0f, v) : v;
}

template <class T>
void fill_whole(std::byte* to, int64_t count, Noise& noise, int limit) {
  for (int64_t i = 0; i < count; ++i) {
    const T v = static_cast<T>(noise.next() % static_cast<uint64_t>(limit));
    std::memcpy(to + i * sizeof(T), &v, sizeof(T));
  }
}

}  // namespace

std::vector<float> Output::floats() const {
  std::vector<float> f(bytes.size() / size_of(type));
  if (type == Type::f32) std::memcpy(f.data(), bytes.data(), bytes.size());
  for (size_t i = 0; type == Type::bf16 && i < f.size(); ++i) {
    Bf16 v;
    std::memcpy(&v, bytes.data() + i * 2, 2);
    f[i] = f32_of(v);
  }
  return f;
}

Buffers::~Buffers() {
  for (Block& b : blocks_) {
    guard(b, false);
    backend_.release(b.device);
  }
}

Buffers::Block& Buffers::new_block(Role role, Type type, size_t offset, size_t bytes) {
  blocks_.push_back({role, type, nullptr, kGuard + offset, bytes, {}, {}});
  Block& b = blocks_.back();
  b.was.assign(b.offset + bytes + kGuard, kPoison);
  b.device = static_cast<std::byte*>(backend_.alloc(b.was.size()));
  return b;
}

void* Buffers::upload(Block& b) {
  backend_.from_host(b.device, b.was.data(), b.was.size());
  guard(b, true);
  return b.device + b.offset;
}

void* Buffers::add(Role role, Type type, int64_t count, Fill fill) {
  const size_t size = size_of(type), index = blocks_.size();
  // Views may begin anywhere, so for every third seed a buffer has only the alignment of an element.
  const bool anywhere = offsets_ == Offsets::any && seed_ % 3 == 0;
  const size_t offset = anywhere ? (seed_ / 3 + index) % 4 * size : 0;
  Block& b = new_block(role, type, offset, static_cast<size_t>(count) * size);
  std::byte* data = b.was.data() + b.offset;
  Noise noise(seed_ * 1000 + index);
  if (role == Role::out) return upload(b);
  if (type == Type::u8) fill_whole<uint8_t>(data, count, noise, fill.limit);
  if (type == Type::i32) fill_whole<int32_t>(data, count, noise, fill.limit);
  const auto draw = numbers_ == Numbers::whole ? small_whole : value;
  for (int64_t i = 0; type == Type::bf16 && i < count; ++i) {
    const Bf16 v = bf16_of(draw(noise, fill.kind));
    std::memcpy(data + i * 2, &v, 2);
  }
  for (int64_t i = 0; type == Type::f32 && i < count; ++i) {
    const float v = draw(noise, fill.kind);
    std::memcpy(data + i * 4, &v, 4);
  }
  return upload(b);
}

void* Buffers::workspace(size_t bytes) {
  return bytes ? upload(new_block(Role::workspace, Type::u8, 0, bytes)) : nullptr;
}

void Buffers::guard(const Block& b, bool on) const {
  if (std::string_view(backend_.name) == "cuda") return;  // not host memory
  const std::byte* end = b.device + b.offset + b.bytes;
  if (on) {
    ASAN_POISON_MEMORY_REGION(b.device, b.offset);
    ASAN_POISON_MEMORY_REGION(end, kGuard);
  } else {
    ASAN_UNPOISON_MEMORY_REGION(b.device, b.was.size());
  }
  (void)end;
}

std::string Buffers::fetch() {
  for (size_t i = 0; i < blocks_.size(); ++i) {
    Block& b = blocks_[i];
    guard(b, false);
    b.is.resize(b.was.size());
    backend_.to_host(b.is.data(), b.device, b.is.size());
    for (size_t at = 0; at < b.is.size(); ++at) {
      const bool inside = at >= b.offset && at < b.offset + b.bytes;
      if (b.is[at] == b.was[at] || (inside && b.role != Role::in)) continue;
      return fmt::format("buffer {} of {} bytes: byte {} {} was changed", i, b.bytes,
                         static_cast<int64_t>(at) - static_cast<int64_t>(b.offset),
                         inside ? "of an input" : "outside");
    }
  }
  return "";
}

std::vector<Output> Buffers::outputs() const {
  std::vector<Output> all;
  for (const Block& b : blocks_)
    if (b.role == Role::out || b.role == Role::inout) {
      const auto data = std::span(b.is).subspan(b.offset, b.bytes);
      all.push_back({b.type, {data.begin(), data.end()}});
    }
  return all;
}

}  // namespace graft::test
