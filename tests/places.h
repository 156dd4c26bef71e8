// Where the golden files and the program lie: where they were at build time or, for a test binary that was carried
// to another machine, where GRAFT_TEST_GOLDEN and GRAFT_TEST_PROGRAM say.
#pragma once
#include <cstdlib>
#include <filesystem>

namespace graft {

inline std::filesystem::path golden_folder() {
  const char* moved = std::getenv("GRAFT_TEST_GOLDEN");
  return moved ? moved : GRAFT_GOLDEN;
}

inline std::filesystem::path program_file() {
  const char* moved = std::getenv("GRAFT_TEST_PROGRAM");
  return moved ? moved : GRAFT_PROGRAM;
}

}  // namespace graft
