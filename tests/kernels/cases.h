// What every variant of an op is tested with: sizes and options chosen for their edges, and the buffers that they
// mean. Pointers in a case only mark which outputs and options are wanted; bind() makes the buffers.
#pragma once
#include <string>
#include <vector>

#include "tests/kernels/buffers.h"

namespace graft::test {

template <class Args>
struct Case {
  std::string name;
  Args args;
  Fill fill = {};        // of the main input
  bool emulated = true;  // small enough for the emulator, which runs one thread of a GPU after the other
};

// Under a sanitizer: the sizes at which kernels do something of their own, once, and not every combination of
// numbers in any order, which is for the release build to show.
inline constexpr bool kFew = GRAFT_FEW_CASES;

template <class Args>
bool runs_on(const Backend& backend, const Case<Args>& c) {
  return c.emulated || std::string_view(backend.name) != "emu";
}

// Ops whose f32 result is defined to the bit.
template <class Args>
constexpr bool kExact = false;
template <>
inline constexpr bool kExact<Relu> = true;
template <>
inline constexpr bool kExact<ReluGrad> = true;
template <>
inline constexpr bool kExact<Add> = true;
template <>
inline constexpr bool kExact<Scale> = true;
template <>
inline constexpr bool kExact<Dropout> = true;
template <>
inline constexpr bool kExact<MaxPool> = true;
template <>
inline constexpr bool kExact<MaxPoolGrad> = true;
template <>
inline constexpr bool kExact<PrepareImages> = true;
template <>
inline constexpr bool kExact<PrepareImagesBf16> = true;
template <>
inline constexpr bool kExact<ToBf16> = true;
template <>
inline constexpr bool kExact<FromBf16> = true;

// cases<Args>() and bind(args, fill, buffers) for every op.
template <class Args>
std::vector<Case<Args>> cases();

#define GRAFT_DECLARE(Args, op)          \
  template <>                            \
  std::vector<Case<Args>> cases<Args>(); \
  void bind(Args& a, Fill fill, Buffers& buffers);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

}  // namespace graft::test
