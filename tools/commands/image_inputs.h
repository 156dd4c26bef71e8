// Images given to a command as files, folders and lists, for commands that need no labels.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"

namespace graft {

struct ImageInputs {
  std::vector<std::filesystem::path> images;  // in input order; those of a folder are sorted
  std::vector<std::string> errors;            // on folders that cannot be read
};

// Files are taken as given, readable or not; folders are searched recursively for images that match the rules,
// and what the rules leave out is noted on standard error. Throws Error (data) if no image is found.
ImageInputs find_inputs(const std::vector<std::filesystem::path>& inputs, const DataRules& rules);

// Reads one name per line, as find and ls print them; "-" is standard input. Throws Error (data, resources).
std::vector<std::filesystem::path> read_file_list(const std::filesystem::path& file);

}  // namespace graft
