// The images that a command is given as files, folders and lists, for commands that need no labels.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"

namespace graft {

struct ImageInputs {
  std::vector<std::filesystem::path> images;  // in the order of the inputs, those of a folder sorted
  std::vector<std::string> errors;            // of folders that cannot be read
};

// A file is taken as it is, readable or not; of a folder, with all below it, what the rules take for images, and
// what they leave out is said on standard error. Throws Error(Fault::data) if nothing is left.
ImageInputs find_inputs(const std::vector<std::filesystem::path>& inputs, const DataRules& rules);

// One name a line, as find and ls give them; "-" is standard input. Throws Error(Fault::data).
std::vector<std::filesystem::path> read_file_list(const std::filesystem::path& file);

}  // namespace graft
