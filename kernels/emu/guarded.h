// Memory with a red zone on both sides, for a GPU's global and shared memory. With AddressSanitizer an access to a
// red zone stops the program at that line; without, red zones are NaN, so that a value read from them shows, and a
// write is found by damage().
#pragma once
#include <cstddef>
#include <optional>

namespace graft::emu {

class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(size_t bytes);  // 128-byte aligned, filled with 0xFF (NaN); throws Error (resources)
  ~Guarded();
  Guarded(Guarded&& other) noexcept;
  Guarded& operator=(Guarded&& other) noexcept;

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool holds(const void* p, size_t size) const {
    return data_ && p >= data_ && static_cast<const std::byte*>(p) + size <= data_ + bytes_;
  }
  void fill() const;  // with 0xFF again
  // Where, counted from data(), a red zone was first overwritten. Restores the red zone.
  std::optional<ptrdiff_t> damage() const;

 private:
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
};

// True if AddressSanitizer would stop at a read of these bytes; false without it.
bool off_limits(const void* p, size_t bytes);

}  // namespace graft::emu
