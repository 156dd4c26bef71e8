// Options of every command that reads a folder of images: which of its files are data.
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

// --labels, for the commands that need to know the class of an image.
void add_labels(CLI::App& command, DataRules& rules);

// --bits and --range, which exclude each other.
void add_depth_options(CLI::App& command, std::optional<Levels>& levels);

// The rules that were given. Those of the run of this model for what was not: its patterns, if none were given, and
// its labels, if `data` is the folder that it was trained on (`model`: a run folder or a file in it; a model
// without a run has none; `data` is empty where labels do not matter). Says so where they leave something out.
DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model,
                                const std::filesystem::path& data = {});

// Makes the path of a table that a run reads absolute and returns its hash, which is empty for a text that names no
// table, such as a regular expression.
std::string record_table(std::string& text);

}  // namespace graft
