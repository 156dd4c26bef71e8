// Reading the files of a run, which may come from a stranger: only regular files, of a size and a depth that ours
// have.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/json_values.h"

namespace graft {

// The whole file; nothing if there is none. Throws Error: it is no regular file or larger than any of ours (data);
// the system does not let it be read (resources).
std::optional<std::string> read_run_file(const std::filesystem::path& path);

// The same as JSON; Error (data) where it is none, or is nested deeper than ours.
std::optional<nlohmann::json> read_run_json(const std::filesystem::path& path);

}  // namespace graft
