// Where the golden files and the program lie: where they were at build time or, for a test binary that was carried
// to another machine, where GRAFT_TEST_GOLDEN and GRAFT_TEST_PROGRAM say.
#pragma once
#include <filesystem>

namespace graft {

std::filesystem::path golden_folder();
std::filesystem::path program_file();

}  // namespace graft
