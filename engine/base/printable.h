// File names are arbitrary bytes, but messages, tables and JSON need text: UTF-8 stays as it is; control characters
// (a newline in a name, a terminal escape) and bytes that are not UTF-8 become \xNN.
#pragma once
#include <filesystem>
#include <string>

namespace graft {

std::string printable(const std::filesystem::path& path);

// The same, quoted where a shell would take it for more than one plain word.
std::string shell_word(const std::filesystem::path& path);

}  // namespace graft
