// One table per op. A row is a variant of the kernel; dispatch, tests and benchmarks read these tables and nothing
// else, so that what can run is tested and measured by construction. Order is preference: the first supported row
// wins, unless --kernel op=name picked another.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/api/error.h"
#include "kernels/api/ops.h"

namespace graft {

// Arithmetic of a variant; decides its tolerance.
enum class Precision { f32, bf16x3, tf32, bf16 };
constexpr const char* name(Precision p) {
  constexpr const char* kNames[] = {"f32", "bf16x3", "tf32", "bf16"};
  return kNames[static_cast<int>(p)];
}
// Largest relative L2 error against f64 that a variant may have, per op.
constexpr double tolerance(Precision p) {
  constexpr double kTolerance[] = {5e-6, 2e-5, 1e-3, 1e-2};
  return kTolerance[static_cast<int>(p)];
}

struct DeviceInfo {
  std::string name;  // "AMD EPYC, AVX3, 2 threads"
  int threads = 1;
};

// A queue of work on a device. CPU kernels run at once and ignore it.
struct Stream {
  void* handle = nullptr;
};

template <class Args>
struct Variant {
  const char* name;
  Precision precision;
  bool (*supports)(const Args&, const DeviceInfo&);
  size_t (*workspace)(const Args&);  // bytes of scratch memory that run() needs; contents are undefined
  void (*run)(const Args&, void* workspace, Stream&);
};

template <class Args>
class OpTable {
 public:
  using args = Args;
  void add(const Variant<Args>& variant) { variants_.push_back(variant); }
  const std::vector<Variant<Args>>& all() const { return variants_; }
  const std::string& preferred() const { return preferred_; }

  // --kernel op=variant. Throws a usage error that lists the variants if there is none of that name.
  void prefer(std::string_view variant) {
    std::string known;
    for (const auto& v : variants_) {
      if (variant == v.name) return void(preferred_ = variant);
      known += (known.empty() ? "" : ", ") + std::string(v.name);
    }
    fail(Fault::usage, "no kernel '{}' for {}; there are: {}", variant, Args::kName, known);
  }

  // The row that would run. Throws if a picked row does not support these sizes: there is no silent fall-back.
  const Variant<Args>& select(const Args& a, const DeviceInfo& device) const {
    for (const auto& v : variants_) {
      if (!preferred_.empty() && preferred_ != v.name) continue;
      if (v.supports(a, device)) return v;
      if (!preferred_.empty())
        fail(Fault::usage, "kernel {}={} does not support these sizes; leave out --kernel", Args::kName,
             preferred_);
    }
    fail(Fault::bug, "no kernel for {} on {}", Args::kName, device.name);
  }

 private:
  std::vector<Variant<Args>> variants_;
  std::string preferred_;
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

// Helpers for rows without conditions or scratch memory.
template <class Args>
bool any_size(const Args&, const DeviceInfo&) {
  return true;
}
template <class Args>
size_t no_workspace(const Args&) {
  return 0;
}

}  // namespace graft
