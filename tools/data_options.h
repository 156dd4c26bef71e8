// Options of every command that reads a folder of images: which of its files are data.
#pragma once
#include <filesystem>

#include "engine/data/file_rules.h"

namespace CLI {
class App;
}

namespace graft {

void add_data_rules(CLI::App& command, DataRules& rules);

// The rules that were given or, if none were, those that the run of this model was trained with (`model`: a run
// folder or a file in it; a model without a run has none). Says so where they leave something out.
DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model);

}  // namespace graft
