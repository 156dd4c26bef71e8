#include "kernels/cuda/diagnosis.h"

#include <fmt/core.h>

namespace graft::cuda {
namespace {

std::string version(int v) { return fmt::format("{}.{}", v / 1000, v % 1000 / 10); }

}  // namespace

std::string why_unusable(const Facts& f) {
  if (f.driver == 0)
    return "no NVIDIA driver was found (libcuda.so.1); install the driver of the GPU, or start the container with "
           "it "
           "(docker run --gpus all)";
  if (f.driver / 1000 < f.runtime / 1000)
    return fmt::format(
        "the NVIDIA driver is too old: it knows CUDA {}, and this program was built with CUDA {}; "
        "update the driver",
        version(f.driver), version(f.runtime));
  if (!f.error.empty() || f.gpus == 0)
    return fmt::format(
        "the NVIDIA driver offers no GPU: {}; compare with nvidia-smi, and see whether "
        "CUDA_VISIBLE_DEVICES hides it",
        f.error.empty() ? "it lists none" : f.error);
  const std::string gpu = fmt::format("{} (sm_{}{})", f.name, f.major, f.minor);
  if (f.major < 8) return fmt::format("{} is too old: the kernels need sm_80 (Ampere, 2020) or newer", gpu);
  if (!f.image)
    return fmt::format(
        "this program has no kernels for the {}, only for {}: {}; build it with "
        "-DGRAFT_CUDA_ARCHITECTURES={}{}, or =all",
        gpu, f.built_for, f.trouble, f.major, f.minor);
  if (!f.trouble.empty()) return fmt::format("the {} runs no kernel: {}; see nvidia-smi", gpu, f.trouble);
  return "";
}

}  // namespace graft::cuda
