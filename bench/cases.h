// What each op is measured on: the sizes that it has in VGG16.
#pragma once
#include <string>
#include <vector>

#include "bench/memory.h"

namespace graft::bench {

template <class Args>
struct Case {
  std::string name;
  Args args;  // sizes and options; bind() sets the pointers
};

template <class Args>
std::vector<Case<Args>> cases(int batch);

#define GRAFT_DECLARE(Args, op)                   \
  template <>                                     \
  std::vector<Case<Args>> cases<Args>(int batch); \
  void bind(Args& a, Memory& memory);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

// Ops that change their input: nothing can be compared between runs.
template <class Args>
constexpr bool kInPlace = false;
template <>
inline constexpr bool kInPlace<Add> = true;
template <>
inline constexpr bool kInPlace<Adam> = true;
template <>
inline constexpr bool kInPlace<Sgd> = true;

}  // namespace graft::bench
