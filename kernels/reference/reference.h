// The definition of correct: every op as plain loops with double accumulation, one rounding to f32 at the end. It
// shares nothing with any backend except the contract, uses no threads and is not optimised.
#pragma once
#include "kernels/api/ops.h"

namespace graft::reference {

#define GRAFT_DECLARE(Args, op) void op(const Args& a);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

// The same as overloads, for code that is generic over ops.
#define GRAFT_RUN(Args, op) \
  inline void run(const Args& a) { op(a); }
GRAFT_OPS(GRAFT_RUN)
#undef GRAFT_RUN

}  // namespace graft::reference
