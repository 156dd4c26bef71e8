// Folders that the commands which look at a run write into.
#pragma once
#include <filesystem>

namespace graft {

// Makes the folder `out`, or the next free number in `parent` when it is empty. Throws Error: it is there and not
// empty (usage), it cannot be made (resources).
std::filesystem::path output_folder(const std::filesystem::path& out, const std::filesystem::path& parent);

// The folder of a run that was given as such, or as the model.h5 in it.
std::filesystem::path model_folder(const std::filesystem::path& run);

}  // namespace graft
