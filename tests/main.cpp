// main() of the test binary. Tests run on all backends that are built and usable on this machine;
// --require-backend=NAME fails if NAME is not one of them.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "kernels/api/backend.h"

int main(int argc, char** argv) {
  const std::string_view option = "--require-backend=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(option)) continue;
    try {
      const graft::Backend& backend = graft::find_backend(argument.substr(option.size()));
      fmt::print("required backend: {}, {}\n", backend.name, backend.info.name);
    } catch (const graft::Error& e) {
      std::fputs(fmt::format("graft_tests: {}\n", e.what()).c_str(), stderr);
      return static_cast<int>(e.fault());
    }
  }
  doctest::Context context;
  context.setOption("no-path-filenames", true);  // objects from ccache contain the paths of another clone
  context.applyCommandLine(argc, argv);
  return context.run();
}
