#include "bench/memory.h"

#include <algorithm>
#include <limits>

namespace graft::bench {
namespace {

// xorshift32: any noise will do.
uint32_t next(uint32_t& state) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

}  // namespace

Memory::~Memory() {
  for (void* p : blocks_) backend_.release(p);
}

void* Memory::add(size_t bytes) {
  blocks_.push_back(backend_.alloc(bytes));
  return blocks_.back();
}

void* Memory::add(const void* host, size_t bytes) {
  void* p = add(bytes);
  backend_.from_host(p, host, bytes);
  return p;
}

float* Memory::noise(int64_t count, float from, float to) {
  std::vector<float> host(static_cast<size_t>(count));
  for (float& v : host) v = from + (to - from) * static_cast<float>(next(state_) >> 8) * 0x1p-24f;
  return static_cast<float*>(add(host.data(), host.size() * sizeof(float)));
}

float* Memory::output(int64_t count) {
  const std::vector<float> host(static_cast<size_t>(count), std::numeric_limits<float>::quiet_NaN());
  float* p = static_cast<float*>(add(host.data(), host.size() * sizeof(float)));
  outputs_.push_back({p, count, false});
  return p;
}

Bf16* Memory::noise_bf16(int64_t count, float from, float to) {
  std::vector<Bf16> host(static_cast<size_t>(count));
  for (Bf16& v : host) v = bf16_of(from + (to - from) * static_cast<float>(next(state_) >> 8) * 0x1p-24f);
  return static_cast<Bf16*>(add(host.data(), host.size() * sizeof(Bf16)));
}

Bf16* Memory::output_bf16(int64_t count) {
  const std::vector<Bf16> host(static_cast<size_t>(count), bf16_of(std::numeric_limits<float>::quiet_NaN()));
  Bf16* p = static_cast<Bf16*>(add(host.data(), host.size() * sizeof(Bf16)));
  outputs_.push_back({p, count, true});
  return p;
}

float* Memory::empty(int64_t count) { return static_cast<float*>(add(static_cast<size_t>(count) * sizeof(float))); }

uint8_t* Memory::bytes(int64_t count, int limit) {
  std::vector<uint8_t> host(static_cast<size_t>(count));
  for (uint8_t& v : host) v = static_cast<uint8_t>((next(state_) >> 8) % static_cast<uint32_t>(limit));
  return static_cast<uint8_t*>(add(host.data(), host.size()));
}

int32_t* Memory::whole(int64_t count, int limit) {
  std::vector<int32_t> host(static_cast<size_t>(count));
  for (int32_t& v : host) v = static_cast<int32_t>((next(state_) >> 8) % static_cast<uint32_t>(limit));
  return static_cast<int32_t*>(add(host.data(), host.size() * sizeof(int32_t)));
}

void* Memory::workspace(size_t bytes) { return bytes ? add(bytes) : nullptr; }

std::vector<float> Memory::outputs() const {
  std::vector<float> all;
  for (const Output& o : outputs_) {
    const size_t from = all.size();
    const auto count = static_cast<size_t>(o.count);
    all.resize(from + count);
    if (!o.is_bf16) {
      backend_.to_host(all.data() + from, o.at, count * sizeof(float));
      continue;
    }
    std::vector<Bf16> narrow(count);
    backend_.to_host(narrow.data(), o.at, count * sizeof(Bf16));
    std::transform(narrow.begin(), narrow.end(), all.begin() + std::ptrdiff_t(from), f32_of);
  }
  return all;
}

}  // namespace graft::bench
