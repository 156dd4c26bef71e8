// Memory for one run of a kernel under test: filled inputs, poisoned outputs, and guards on both sides that must
// stay as they were. Guards and outputs are NaN, so a value read from outside, or an element not written, shows up
// in the comparison; under AddressSanitizer the guards of host memory cannot be touched at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::test {

// What an input is filled with. `limit` is for whole numbers: [0, limit).
struct Fill {
  enum Kind {
    signal,    // [-1, 1), one in 16 zero, one in 64 eight times as large
    active,    // as after a ReLU: half zeros
    positive,  // squares of signal plus 1e-4
    zeros,
    wild,  // few distinct values (ties), NaN, infinities, both zeros
    whole,
  } kind = signal;
  int limit = 0;
};

enum class Type { f32, bf16, u8, i32 };

struct Output {
  Type type;
  std::vector<std::byte> bytes;
  bool operator==(const Output&) const = default;
  bool is_whole() const { return type == Type::u8 || type == Type::i32; }
  std::vector<float> floats() const;  // of f32 or bf16
};

// As the cases say, or small whole numbers wherever a float is: their sums are exact in any order and precision.
enum class Numbers { as_filled, whole };

// Where buffers begin: anywhere that an element may, as views do, or at multiples of 256 bytes.
enum class Offsets { any, none };

class Buffers {
 public:
  Buffers(const Backend& backend, uint64_t seed, Numbers numbers = Numbers::as_filled,
          Offsets offsets = Offsets::any)
      : backend_(backend), seed_(seed), numbers_(numbers), offsets_(offsets) {}
  ~Buffers();
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  // Each points p at a new buffer of `count` elements; a null p stays null. The n-th buffer of equal seeds is
  // equal.
  template <class T>
  void in(const T*& p, int64_t count, Fill fill = {}) {
    if (p) p = static_cast<T*>(add(Role::in, type_of(p), count, fill));
  }
  template <class T>
  void out(T*& p, int64_t count) {
    if (p) p = static_cast<T*>(add(Role::out, type_of(p), count, {}));
  }
  template <class T>
  void inout(T*& p, int64_t count, Fill fill = {}) {
    if (p) p = static_cast<T*>(add(Role::inout, type_of(p), count, fill));
  }
  void* workspace(size_t bytes);

  // After the run: "" or what was written where it must not be.
  std::string fetch();
  std::vector<Output> outputs() const;  // in order; call fetch() first

 private:
  enum class Role { in, out, inout, workspace };
  struct Block {
    Role role;
    Type type;
    std::byte* device;
    size_t offset, bytes;            // of what is between the guards
    std::vector<std::byte> was, is;  // with guards
  };
  static Type type_of(const float*) { return Type::f32; }
  static Type type_of(const Bf16*) { return Type::bf16; }
  static Type type_of(const uint8_t*) { return Type::u8; }
  static Type type_of(const int32_t*) { return Type::i32; }
  void* add(Role role, Type type, int64_t count, Fill fill);
  Block& new_block(Role role, Type type, size_t offset, size_t bytes);
  void* upload(Block& block);
  void guard(const Block& block, bool on) const;

  const Backend& backend_;
  uint64_t seed_;
  Numbers numbers_;
  Offsets offsets_;
  std::vector<Block> blocks_;
};

// For cases: marks a pointer as wanted. Equal marks mean the same buffer, where an op allows that. A mark is as
// aligned as memory that was allocated.
template <class T, int kMark = 0>
T* wanted() {
  alignas(64) static T mark;
  return &mark;
}

}  // namespace graft::test
