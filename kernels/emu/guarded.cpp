#include "kernels/emu/guarded.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "kernels/api/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace graft::emu {
namespace {

constexpr size_t kZone = 128;  // on each side; the end also pads to a multiple of it
constexpr std::byte kFill{0xFF};

size_t capacity(size_t bytes) { return (bytes + kZone - 1) / kZone * kZone; }

void open([[maybe_unused]] std::byte* p, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(p, bytes);
#endif
}

void close(std::byte* p, size_t bytes) {
  std::memset(p, 0xFF, bytes);
#if defined(__SANITIZE_ADDRESS__)
  ASAN_POISON_MEMORY_REGION(p, bytes);
#endif
}

}  // namespace

Guarded::Guarded(size_t bytes) : bytes_(bytes) {
  auto* p = static_cast<std::byte*>(std::aligned_alloc(kZone, capacity(bytes) + 2 * kZone));
  if (!p) fail(Fault::resources, "emu: out of memory: {:.1f} MB more could not be had", double(bytes) / 1e6);
  data_ = p + kZone;
  fill();
  close(p, kZone);
  close(data_ + bytes, capacity(bytes) - bytes + kZone);
}

Guarded::~Guarded() {
  if (!data_) return;
  open(data_ - kZone, capacity(bytes_) + 2 * kZone);
  std::free(data_ - kZone);
}

Guarded::Guarded(Guarded&& other) noexcept { *this = std::move(other); }

Guarded& Guarded::operator=(Guarded&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void Guarded::fill() const { std::memset(data_, 0xFF, bytes_); }

std::optional<ptrdiff_t> Guarded::damage() const {
#if !defined(__SANITIZE_ADDRESS__)  // with ASan nothing could have been written
  const auto whole = [](const std::byte* p, size_t size) {
    return p[0] == kFill && std::memcmp(p, p + 1, size - 1) == 0;
  };
  const size_t end = capacity(bytes_) + kZone - bytes_;
  if (whole(data_ - kZone, kZone) && whole(data_ + bytes_, end)) return std::nullopt;
  ptrdiff_t at = static_cast<ptrdiff_t>(bytes_);
  while (at < static_cast<ptrdiff_t>(bytes_ + end) && data_[at] == kFill) ++at;
  if (at == static_cast<ptrdiff_t>(bytes_ + end))
    for (at = -1; data_[at] == kFill;) --at;
  close(data_ - kZone, kZone);
  close(data_ + bytes_, end);
  return at;
#else
  return std::nullopt;
#endif
}

bool off_limits([[maybe_unused]] const void* p, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  return __asan_region_is_poisoned(const_cast<void*>(p), bytes) != nullptr;
#else
  return false;
#endif
}

}  // namespace graft::emu
