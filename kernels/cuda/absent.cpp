// The backend "cuda" of a build without CUDA: it only reports that.
#include "kernels/api/backend.h"

namespace graft {

const Backend& cuda_backend() {
  static const Backend backend = {.name = "cuda", .absent_because = "this build has no CUDA: " GRAFT_CUDA_ABSENT};
  return backend;
}

std::string cuda_build() { return ""; }

}  // namespace graft
