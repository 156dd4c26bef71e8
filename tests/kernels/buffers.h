// Memory for one run of a kernel under test: filled inputs, poisoned outputs, and guards on both sides that must not
// change. Guards and outputs are NaN, so a read outside of a buffer, or an element not written, shows in the
// comparison; AddressSanitizer also reports any access to the guards of host memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/testing/binder.h"

namespace graft::test {

struct Output {
  Type type;
  std::vector<std::byte> bytes;
  bool operator==(const Output&) const = default;
  bool is_whole() const { return test::is_whole(type); }
  std::vector<float> floats() const;  // of f32 or bf16
};

// Floats as the cases specify, or small whole numbers, with sums that are exact in any order and precision.
enum class Numbers { as_filled, whole };

// Alignment of buffers: that of an element, as views have, or 256 bytes.
enum class Offsets { any, none };

class Buffers final : public Binder {
 public:
  Buffers(const Backend& backend, uint64_t seed, Numbers numbers = Numbers::as_filled,
          Offsets offsets = Offsets::any)
      : backend_(backend), seed_(seed), numbers_(numbers), offsets_(offsets) {}
  ~Buffers() override;
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  void* workspace(size_t bytes);

  // To be called after the run. Returns "", or a description of what was written outside of the outputs.
  std::string fetch();
  std::vector<Output> outputs() const;  // in order; call fetch() first

 private:
  struct Block {
    Role role;
    Type type;
    std::byte* device;
    size_t offset, bytes;            // of the data between the guards
    std::vector<std::byte> was, is;  // before and after the run, with guards
  };
  // The n-th buffers of equal seeds are equal. Of 64 values of a signal four are 0 and one is eight times as large.
  void* add(Role role, Type type, int64_t count, Fill fill) override;
  Block& new_block(Role role, Type type, size_t offset, size_t bytes);
  void* upload(Block& block);
  void guard(const Block& block, bool on) const;

  const Backend& backend_;
  uint64_t seed_;
  Numbers numbers_;
  Offsets offsets_;
  std::vector<Block> blocks_;
};

}  // namespace graft::test
