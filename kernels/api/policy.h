// Which variants a device runs where several could: part of a Device, fixed at construction. Tables do not change.
#pragma once
#include <string_view>

#include "kernels/api/backend.h"

namespace graft {

struct KernelPolicy {
  Precision precision = Precision::f32;  // its variants come first where an op has them, f32 elsewhere
  // Per op the name of the only variant that may run, "" for any: policy.conv2d = "direct".
#define GRAFT_PICK(Args, op) std::string op = {};
  GRAFT_OPS(GRAFT_PICK)
#undef GRAFT_PICK
};

#define GRAFT_GET(Args, op) \
  inline const std::string& pick_of(const KernelPolicy& policy, const Args&) { return policy.op; }
GRAFT_OPS(GRAFT_GET)
#undef GRAFT_GET

// The variant that runs; see OpTable::select.
template <class Args>
const Variant<Args>& select(const Backend& backend, const KernelPolicy& policy, const Args& a) {
  return table_of(backend.tables, a).select(a, backend.info, pick_of(policy, a), policy.precision);
}

// Sets the pick of one op, by the op's name. Throws a usage error if there is no such op, or the backend has no
// such variant of it.
void pick_kernel(KernelPolicy& policy, const Backend& backend, std::string_view op, std::string_view variant);

// Throws a usage error if the backend has no variant of the precision at all or none of a picked name, and for bf16
// if a variant was picked for conv2d but none for conv2d_bf16: frozen layers then run the latter, and the pick
// would silently have no effect on them.
void check_policy(const Backend& backend, const KernelPolicy& policy);

// "f32", "tf32" or "bf16"; else a usage error.
Precision parse_precision(std::string_view text);

}  // namespace graft
