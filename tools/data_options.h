// Options of every command that reads a folder of images: which of its files are data.
#pragma once
#include <filesystem>

#include "engine/data/file_rules.h"

namespace CLI {
class App;
}

namespace graft {

void add_data_rules(CLI::App& command, DataRules& rules);

// --labels, for the commands that need to know the class of an image.
void add_labels(CLI::App& command, DataRules& rules);

// The rules that were given. Those of the run of this model for what was not: its patterns, if none were given, and
// its labels, if `data` is the folder that it was trained on (`model`: a run folder or a file in it; a model
// without a run has none; `data` is empty where labels do not matter). Says so where they leave something out.
DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model,
                                const std::filesystem::path& data = {});

// Throws Error(Fault::data) if the file is not what it was when a run recorded its hash; `what`: "of the head
// (--head-weights)".
void require_same(const std::filesystem::path& file, const std::string& sha256, const char* what);

// The same for a table of names that a run reads. The first makes its path absolute and returns its hash, which is
// empty for a text that names no table, such as a regular expression.
std::string record_table(std::string& text);
void require_same_table(const std::string& text, const std::string& sha256, const char* what);

}  // namespace graft
