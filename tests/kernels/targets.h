// The SIMD targets that the CPU's kernels are built for: tests run each that this machine has, not only the best.
#pragma once
#include <hwy/targets.h>

#include <string_view>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::test {

// The best first; {0} for a backend without any choice.
inline std::vector<int64_t> targets_of(const Backend& backend) {
  if (std::string_view(backend.name) != "cpu") return {0};
  std::vector<int64_t> all;
  for (int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SCALAR})
    if (hwy::SupportedTargets() & target || target == HWY_SCALAR) all.push_back(target);
  return all;
}

inline const char* target_name(int64_t target) { return target ? hwy::TargetName(target) : ""; }

// 0: the choice of the machine.
inline void use_target(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// Target and number of threads, when this goes.
struct RestoreMachine {
  const Backend& backend;
  int threads = backend.info.threads;
  ~RestoreMachine() {
    use_target(0);
    backend.set_threads(threads);
  }
};

}  // namespace graft::test
