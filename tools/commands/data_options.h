// Options of all commands that read a folder of images: which files are data.
#pragma once
#include <filesystem>
#include <optional>

#include "engine/base/file_rules.h"
#include "engine/image/image.h"

namespace graft::CLI {
class App;
}

namespace graft {

void add_data_rules(CLI::App& command, DataRules& rules);

// Adds --labels, for commands that need the class of an image.
void add_labels(CLI::App& command, DataRules& rules);

// Adds --bits and --range, which exclude each other.
void add_depth_options(CLI::App& command, std::optional<Levels>& levels);

// Returns `given`, completed from the run of this model: its patterns if none were given, and its label table if
// `data` is the folder it was trained on. Notes what that leaves out. `model` is a run folder or a file in it; a
// model without a run adds nothing. `data` is empty where labels do not matter.
DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model,
                                const std::filesystem::path& data = {});

// Makes the path of a table absolute and returns its SHA-256; returns
// "" for a text that names no table, such as a regular expression.
std::string record_table(std::string& text);

}  // namespace graft
