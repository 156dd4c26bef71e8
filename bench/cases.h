// What each op is measured on: the sizes that it has in VGG16.
#pragma once
#include <string>
#include <vector>

#include "bench/memory.h"
#include "bench/vgg_shapes.h"

namespace graft::bench {

template <class Args>
struct Case {
  std::string name;
  Args args;  // sizes and options; bind() sets the pointers
};

// The same names in the same order at every scale.
template <class Args>
std::vector<Case<Args>> cases(Sizes scale);

#define GRAFT_DECLARE(Args, op)                     \
  template <>                                       \
  std::vector<Case<Args>> cases<Args>(Sizes scale); \
  void bind(Args& a, Memory& memory);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

}  // namespace graft::bench
