// The memory that the arguments of an op point to, as bind() requests it: by role, type, number and fill. Tests and
// benchmarks each have their own: small buffers between guards, and buffers of any size.
#pragma once
#include <cstdint>

#include "kernels/api/ops.h"

namespace graft::test {

// What an input is filled with. `limit` is for integers: [0, limit).
struct Fill {
  enum Kind {
    signal,    // [-1, 1)
    active,    // non-negative, as after a ReLU
    positive,  // greater than 0
    zeros,
    wild,  // few distinct values (ties), NaN, infinities, both zeros
    whole,
  } kind = signal;
  int limit = 0;
};

enum class Type { f32, bf16, u8, i32 };
constexpr size_t size_of(Type type) { return type == Type::u8 ? 1 : type == Type::bf16 ? 2 : 4; }
constexpr bool is_whole(Type type) { return type == Type::u8 || type == Type::i32; }

class Binder {
 public:
  virtual ~Binder() = default;

  // Each points p at a new buffer of `count` elements; a null p stays null.
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

 protected:
  enum class Role { in, out, inout, workspace };
  virtual void* add(Role role, Type type, int64_t count, Fill fill) = 0;

 private:
  static Type type_of(const float*) { return Type::f32; }
  static Type type_of(const Bf16*) { return Type::bf16; }
  static Type type_of(const uint8_t*) { return Type::u8; }
  static Type type_of(const int32_t*) { return Type::i32; }
};

// For cases: marks a pointer as wanted. Equal marks mean the same buffer, where an op allows that. A mark is
// aligned like allocated memory.
template <class T, int kMark = 0>
T* wanted() {
  alignas(64) static T mark;
  return &mark;
}

}  // namespace graft::test
