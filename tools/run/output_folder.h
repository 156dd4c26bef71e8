// Output folders of the commands that analyse a run.
#pragma once
#include <filesystem>

namespace graft {

// Creates the folder `out` or, if that is empty, the next free number in `parent`. Throws Error if it exists and
// is not empty (usage), or cannot be created (resources).
std::filesystem::path output_folder(const std::filesystem::path& out, const std::filesystem::path& parent);

// The run folder for a path that is either the folder itself or a model.h5 in it.
std::filesystem::path model_folder(const std::filesystem::path& run);

}  // namespace graft
