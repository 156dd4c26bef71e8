// What every variant of an op is tested with and measured on: edge cases of sizes and options, and the sizes of
// VGG16. Pointers in a case only mark which outputs and options are wanted; bind() makes the buffers.
#pragma once
#include <string>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/testing/binder.h"
#include "kernels/testing/vgg_shapes.h"

namespace graft::test {

template <class Args>
struct Case {
  std::string name;
  Args args;
  Fill fill = {};        // of the main input
  bool emulated = true;  // small enough for the emulator, which runs a GPU's threads one after the other
};

// Under a sanitizer: the sizes at which kernels take a special path, once each, and not every combination of
// numbers in any order, which the release build covers.
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

template <class Args>
std::vector<Case<Args>> edge_cases();

// The same names in the same order at all sizes.
template <class Args>
std::vector<Case<Args>> vgg_cases(Sizes sizes);

// Both, and bind(args, fill, binder), for every op.
#define GRAFT_DECLARE(Args, op)                         \
  template <>                                           \
  std::vector<Case<Args>> edge_cases<Args>();           \
  template <>                                           \
  std::vector<Case<Args>> vgg_cases<Args>(Sizes sizes); \
  void bind(Args& a, Fill fill, Binder& binder);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

}  // namespace graft::test
