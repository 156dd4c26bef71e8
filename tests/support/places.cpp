// The only file that is compiled with the build's paths, so that ccache can share all others between clones.
#include "tests/support/places.h"

#include <cstdlib>

namespace graft {

std::filesystem::path golden_folder() {
  const char* moved = std::getenv("GRAFT_TEST_GOLDEN");
  return moved ? moved : GRAFT_GOLDEN;
}

std::filesystem::path program_file() {
  const char* moved = std::getenv("GRAFT_TEST_PROGRAM");
  return moved ? moved : GRAFT_PROGRAM;
}

}  // namespace graft
