// Reads the files of a run, which may be untrusted: only regular files of plausible size and nesting depth.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/json_values.h"

namespace graft {

// The whole file, or nullopt if it does not exist. Throws Error if it is not a regular file or is too large
// (data), or cannot be read (resources).
std::optional<std::string> read_run_file(const std::filesystem::path& path);

// The same, parsed as JSON. Throws Error (data) also if it is not JSON or is nested too deeply.
std::optional<nlohmann::json> read_run_json(const std::filesystem::path& path);

}  // namespace graft
