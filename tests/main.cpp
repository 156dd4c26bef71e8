// One test binary: tests/test_<subject>.cpp each hold the cases of one subject. Tests go over the backends that
// this build has and this machine can use; --require-backend=NAME fails where NAME is not among them.
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
  context.setOption("no-path-filenames",
                    true);  // an object from ccache has the paths of the clone that compiled it
  context.applyCommandLine(argc, argv);
  return context.run();
}
