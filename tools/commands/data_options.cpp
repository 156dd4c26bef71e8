#include "tools/commands/data_options.h"

#include <fmt/ranges.h>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"
#include "tools/run/output_folder.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/run_changes.h"

namespace graft {
namespace {

CLI::Validator pattern() {
  return {[](const std::string& text) { return text.empty() ? std::string("a pattern is empty") : std::string(); },
          "PATTERN"};
}

std::string describe(const char* option, const std::vector<std::string>& patterns) {
  return patterns.empty() ? ""
                          : fmt::format(" {} {}", option, printable(fmt::format("{}", fmt::join(patterns, " "))));
}

}  // namespace

void add_data_rules(CLI::App& command, DataRules& rules) {
  command
      .add_option(
          "--exclude", rules.exclude,
          "leave out files and folders of this name or path, as '*_mask.png' or masks (* ? [a-z]; repeatable)")
      ->allow_extra_args(false)
      ->check(pattern())
      ->group("Data");
  command
      .add_option("--only", rules.only,
                  "take only files that match, by themselves or by a folder, as '*.png' or images (repeatable)")
      ->allow_extra_args(false)
      ->check(pattern())
      ->group("Data");
}

void add_labels(CLI::App& command, DataRules& rules) {
  command
      .add_option("--labels", rules.labels,
                  "classes from a table instead of class folders: FILE or FILE:IMAGE_COLUMN,LABEL_COLUMN")
      ->group("Data");
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
  const DataRules& trained = config.options.rules;
  DataRules rules = given;
  if (!patterns) rules.exclude = trained.exclude, rules.only = trained.only, rules.run_data = config.options.data;
  if (!patterns && (!rules.exclude.empty() || !rules.only.empty()))
    print_side_note("files are left out as in the run:{}{} (--only '*' takes all)",
                    describe("--exclude", rules.exclude), describe("--only", rules.only));
  std::error_code error;
  if (given.labels.empty() && !trained.labels.empty() &&
      std::filesystem::equivalent(data, config.options.data, error)) {
    require_same_table(trained.labels, config.inputs.labels, "--labels", "the file of labels");
    print_side_note("classes are those of the run's --labels {}", printable(trained.labels));
    rules.labels = trained.labels;
  }
  return rules;
}

}  // namespace graft
