// One table per op. A row is a variant of the kernel; dispatch, tests and benchmarks read only these tables, so
// everything that can run is tested and measured by construction. Order is preference: the first supported variant
// wins, unless the policy of a device (kernels/api/policy.h) picked another.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/error.h"
#include "kernels/api/ops.h"
#include "kernels/api/variant.h"

namespace graft {

struct DeviceInfo {
  std::string name;  // "AMD EPYC, AVX3, 2 threads"
  int threads = 1;
  // Size of one activation, in elements, that keeps the device busy and its caches warm. Work that can be split
  // into image chunks uses this size. Default: 8 images after VGG's first layer.
  int64_t chunk = int64_t{8} * 224 * 224 * 64;
};

template <class Args>
struct Variant {
  const char* name;
  Precision precision;
  bool (*supports)(const Args&, const DeviceInfo&);
  size_t (*workspace)(const Args&);  // bytes of scratch memory that run() needs; contents are undefined
  void (*run)(const Args&, void* workspace, Stream&);
  // Null for our own kernels. For a variant of another library: why it cannot be used here, "" if it can. These
  // variants are a yardstick; they need not give an image the same bits alone as in a batch.
  const char* (*library)() = nullptr;
};

template <class Args>
class OpTable {
 public:
  using args = Args;
  void add(const Variant<Args>& variant) { variants_.push_back(variant); }
  const std::vector<Variant<Args>>& all() const { return variants_; }

  // Throws a usage error that lists the variants if there is none of that name.
  void require_variant(std::string_view name) const {
    std::string known;
    for (const auto& v : variants_) {
      if (name == v.name) return;
      known += (known.empty() ? "" : ", ") + std::string(v.name);
    }
    fail(Fault::usage, "no kernel '{}' for {}; there are: {}", name, Args::kName, known);
  }

  bool has(Precision precision) const {
    for (const auto& v : variants_)
      if (v.precision == precision) return true;
    return false;
  }

  // The variant that runs: the picked one, else the first supported one of the wanted precision, else of the op's
  // own, which the first row has (f32, or bf16 where storage is). Throws a usage error if a picked variant does not
  // support these sizes: there is no silent fallback.
  const Variant<Args>& select(const Args& a, const DeviceInfo& device, std::string_view pick = {},
                              Precision wanted = Precision::f32) const {
    if (!pick.empty()) return picked(a, device, pick);
    for (const auto& v : variants_)
      if (v.precision == wanted && v.supports(a, device)) return v;
    for (const auto& v : variants_)
      if (v.precision == variants_.front().precision && v.supports(a, device)) return v;
    fail(Fault::bug, "no kernel for {} on {}", Args::kName, device.name);
  }

 private:
  const Variant<Args>& picked(const Args& a, const DeviceInfo& device, std::string_view pick) const {
    for (const auto& v : variants_)
      if (pick == v.name && v.supports(a, device)) return v;
    for (const auto& v : variants_)
      if (pick == v.name && v.library && *v.library())
        fail(Fault::usage, "kernel {}={} cannot be used: {}", Args::kName, pick, v.library());
    fail(Fault::usage, "kernel {}={} does not support these sizes; choose another, or none", Args::kName, pick);
  }

  std::vector<Variant<Args>> variants_;
};

struct Tables {
#define GRAFT_MEMBER(Args, op) OpTable<Args> op;
  GRAFT_OPS(GRAFT_MEMBER)
#undef GRAFT_MEMBER
};

// Calls f(table) for the table of every op.
template <class T, class F>
void for_each_op(T& tables, F&& f) {
#define GRAFT_VISIT(Args, op) f(tables.op);
  GRAFT_OPS(GRAFT_VISIT)
#undef GRAFT_VISIT
}

#define GRAFT_GET(Args, op) \
  inline const OpTable<Args>& table_of(const Tables& tables, const Args&) { return tables.op; }
GRAFT_OPS(GRAFT_GET)
#undef GRAFT_GET

// Helpers for variants without conditions or scratch memory.
template <class Args>
bool any_size(const Args&, const DeviceInfo&) {
  return true;
}
template <class Args>
size_t no_workspace(const Args&) {
  return 0;
}

}  // namespace graft
