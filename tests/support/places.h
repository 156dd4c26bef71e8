// Paths of the golden files and the program: those of the build or, for a test binary that was copied to another
// machine, GRAFT_TEST_GOLDEN and GRAFT_TEST_PROGRAM.
#pragma once
#include <filesystem>

namespace graft {

std::filesystem::path golden_folder();
std::filesystem::path program_file();

}  // namespace graft
