#include "tools/commands/data_options.h"

#include <fmt/ranges.h>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"
#include "tools/commands/option_flags.h"
#include "tools/options/values.h"
#include "tools/run/output_folder.h"
#include "tools/terminal/terminal.h"
#include "tools/train/run_changes.h"

namespace graft {
namespace {

std::string describe(const char* option, const std::vector<std::string>& patterns) {
  return patterns.empty() ? ""
                          : fmt::format(" {} {}", option, printable(fmt::format("{}", fmt::join(patterns, " "))));
}

}  // namespace

void add_data_rules(CLI::App& command, DataRules& rules) {
  bind_option(command, "--exclude", rules, FIELD(data.rules));
  bind_option(command, "--only", rules, FIELD(data.rules));
}

void add_labels(CLI::App& command, DataRules& rules) { bind_option(command, "--labels", rules, FIELD(data.rules)); }

void add_depth_options(CLI::App& command, std::optional<Levels>& levels) {
  bind_option(command, "--bits", levels, FIELD(data.preprocess.levels));
  bind_option(command, "--range", levels, FIELD(data.preprocess.levels));
}

std::string record_table(std::string& text) {
  const auto table = find_table(text);
  if (!table) return {};
  text = absolute_table(text);
  return sha256_file(table->file);
}

DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model,
                                const std::filesystem::path& data) {
  const std::filesystem::path run = model_folder(model);
  const bool patterns = !given.exclude.empty() || !given.only.empty();
  if (!std::filesystem::exists(run / "config.json") || (patterns && !given.labels.empty())) return given;
  const RunConfig config = read_run_config(run);
  const DataRules& trained = config.options.data.rules;
  DataRules rules = given;
  if (!patterns)
    rules.exclude = trained.exclude, rules.only = trained.only, rules.run_data = config.options.data.folder;
  if (!patterns && (!rules.exclude.empty() || !rules.only.empty()))
    print_side_note("files are left out as in the run:{}{} (--only '*' takes all)",
                    describe("--exclude", rules.exclude), describe("--only", rules.only));
  std::error_code error;
  if (given.labels.empty() && !trained.labels.empty() &&
      std::filesystem::equivalent(data, config.options.data.folder, error)) {
    require_same_table(trained.labels, config.inputs.labels, "--labels", "the label table");
    print_side_note("classes are those of the run's --labels {}", printable(trained.labels));
    rules.labels = trained.labels;
  }
  return rules;
}

}  // namespace graft
