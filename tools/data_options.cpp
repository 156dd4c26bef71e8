#include "tools/data_options.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "engine/data/printable.h"
#include "tools/output_folder.h"
#include "tools/run_config.h"

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

DataRules rules_or_those_of_run(const DataRules& given, const std::filesystem::path& model) {
  const std::filesystem::path run = model_folder(model);
  if (given != DataRules{} || !std::filesystem::exists(run / "config.json")) return given;
  const DataRules rules = read_run_config(run).options.rules;
  if (rules != DataRules{})
    fmt::print(stderr, "note: files are left out as in the run:{}{} (--only '*' takes all)\n",
               describe("--exclude", rules.exclude), describe("--only", rules.only));
  return rules;
}

}  // namespace graft
