#include "kernels/api/policy.h"

namespace graft {

void pick_kernel(KernelPolicy& policy, const Backend& backend, std::string_view op, std::string_view variant) {
#define GRAFT_PICK(Args, name)                    \
  if (op == Args::kName) {                        \
    backend.tables.name.require_variant(variant); \
    policy.name = variant;                        \
    return;                                       \
  }
  GRAFT_OPS(GRAFT_PICK)
#undef GRAFT_PICK
  std::string known;
  for_each_op(backend.tables, [&](const auto& table) {
    using Args = typename std::remove_cvref_t<decltype(table)>::args;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", Args::kName);
  });
  fail(Fault::usage, "no op '{}' to pick kernel {} for; there are: {}", op, variant, known);
}

void check_policy(const Backend& backend, const KernelPolicy& policy) {
  bool has = policy.precision == Precision::f32;  // f32 is also allowed for a backend without any kernels
  for_each_op(backend.tables, [&](const auto& table) { has = has || table.has(policy.precision); });
  if (!has)
    fail(Fault::usage, Advice{"other-precision"}, "device {} has no kernels of precision {}", backend.name,
         name(policy.precision));
#define GRAFT_CHECK(Args, op) \
  if (!policy.op.empty()) backend.tables.op.require_variant(policy.op);
  GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
  if (policy.precision == Precision::bf16 && !policy.conv2d.empty() && policy.conv2d_bf16.empty())
    fail(Fault::usage,
         Advice{"pick-kernel",
                {std::string(Conv2dBf16::kName), std::string(backend.tables.conv2d_bf16.all().front().name)}},
         "kernel {}={} is for values in f32, and with precision bf16 frozen layers run {} instead", Conv2d::kName,
         policy.conv2d, Conv2dBf16::kName);
}

}  // namespace graft
