// Options of the compute device.
#include "tools/commands/device_options.h"

#include "tools/commands/option_flags.h"

namespace graft {

void add_device_options(CLI::App& command, ComputeOptions& o) {
  const std::string group = "Computing";
  command
      .add_option(
          "--device", o.device,
          "auto (a GPU if available), cuda, cpu or emu (the GPU kernels emulated on the host: slow, for debugging)")
      ->capture_default_str()
      ->group(group);
  command.add_option("--threads", o.threads, "compute threads (default: all cores); results do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->group(group);
}

void add_compute_options(CLI::App& command, ComputeOptions& o) {
  add_device_options(command, o);
  add_option(command, find_option("--kernel"), [&o](const std::string& text) { o.kernels.push_back(text); });
}

void add_precision_option(CLI::App& command, std::optional<Precision>& precision, const char* help) {
  const auto take = [&precision](const std::string& text) { precision = parse_precision(text); };
  command.add_option("--precision", take, help)->group("Computing")->shows("WORD", "");
}

}  // namespace graft
