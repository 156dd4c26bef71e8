// Why a GPU cannot be used, from the facts that the CUDA runtime returns. Separate from it, so that every answer is
// tested on machines without a GPU.
#pragma once
#include <string>

namespace graft::cuda {

struct Facts {
  std::string built_for;        // "sm_80 sm_90a"
  int driver = 0, runtime = 0;  // CUDA versions, 1000 * major + 10 * minor; driver 0: there is none
  std::string error;            // from looking for GPUs, "" if there was none
  int gpus = 0;                 // visible ones
  std::string name;             // of the first GPU
  int major = 0, minor = 0;     // compute capability of the first
  bool image = true;            // the build has code that it can run
  std::string trouble;          // from running an empty kernel on it, "" if there was none
};

// The problem and what to do, in one line; "" if the GPU can be used.
std::string why_unusable(const Facts& f);

}  // namespace graft::cuda
