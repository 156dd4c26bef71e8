// The SIMD targets of the CPU's kernels: tests run all that the machine supports, not only the best.
#pragma once
#include <hwy/targets.h>

#include <string_view>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::test {

// Returns the supported targets, best first; {0} for a backend other than cpu.
inline std::vector<int64_t> targets_of(const Backend& backend) {
  if (std::string_view(backend.name) != "cpu") return {0};
  std::vector<int64_t> all;
  for (int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SCALAR})
    if (hwy::SupportedTargets() & target || target == HWY_SCALAR) all.push_back(target);
  return all;
}

inline const char* target_name(int64_t target) { return target ? hwy::TargetName(target) : ""; }

// Forces a target; 0 restores the default.
inline void use_target(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// Restores the target and the number of threads on destruction.
struct RestoreMachine {
  const Backend& backend;
  int threads = backend.info.threads;
  ~RestoreMachine() {
    use_target(0);
    backend.set_threads(threads);
  }
};

}  // namespace graft::test
