#include "tools/options/compute_options.h"

#include <algorithm>
#include <thread>

namespace graft {

std::string describe_precision(const Device& device) {
  const Backend& backend = device.backend();
  const Precision precision = device.policy().precision;
  if (precision == Precision::f32) return "precision: f32";
  std::string products;  // ops on f32 values with kernels in this precision
  for_each_op(backend.tables, [&](const auto& table) {
    using Args = typename std::remove_cvref_t<decltype(table)>::args;
    if (!std::is_same_v<Args, Conv2dBf16> && table.has(precision))
      products += (products.empty() ? "" : ", ") + std::string(Args::kName);
  });
  std::string where = precision == Precision::bf16 ? " for frozen layers" : "";
  if (!products.empty()) where += fmt::format("{} for products in {}", where.empty() ? "" : " and", products);
  return fmt::format(
      "precision: {}{}; everything else in f32{}", name(precision), where,
      products.empty() ? fmt::format(", as {} has no other {} kernels", backend.name, name(precision)) : "");
}

const Backend& open_backend(const ComputeOptions& o) {
  const Backend& backend = find_backend(o.device);
  backend.set_threads(o.threads ? o.threads : std::max(1, int(std::thread::hardware_concurrency())));
  kernel_policy(o, backend);
  return backend;
}

KernelPolicy kernel_policy(const ComputeOptions& o, const Backend& backend, Precision precision) {
  KernelPolicy policy{.precision = precision};
  for (const std::string& choice : o.kernels) {
    const size_t equal = choice.find('=');
    const std::string op = choice.substr(0, equal);
    if (equal == choice.npos)
      fail(Fault::usage, "--kernel {}: write OP=VARIANT, for example conv2d=direct", choice);
    pick_kernel(policy, backend, op, choice.substr(equal + 1));
  }
  check_policy(backend, policy);
  return policy;
}

std::string describe_device(const ComputeOptions& o, const Backend& used) {
  std::string line = fmt::format("device: {}", used.info.name);
  const bool gpu = std::string_view(used.name) == "cuda";
  if (const std::string build = cuda_build(); !build.empty() && (gpu || o.device == "auto"))
    line += fmt::format("; built with {}", build);
  if (!gpu && o.device == "auto") line += fmt::format("; no GPU: {}", cuda_backend().absent_because);
  return line;
}

}  // namespace graft
