// The small files of a run, whole, as text. A run may come from somebody else, and its disk may fail: what is in
// the place of a file is looked at before it is read.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace graft {

// Nothing if there is none. Throws Error: data for what is no regular file (a folder, a FIFO that nobody writes
// to), resources for what the system does not let us read.
std::optional<std::string> read_run_file(const std::filesystem::path& path);

}  // namespace graft
