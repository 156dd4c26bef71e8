#include "tools/commands/option_flags.h"

#include <nlohmann/json.hpp>

namespace graft {

std::set<std::string> GivenOptions::flags() const {
  std::set<std::string> all;
  for (const auto& [option, text] : texts) all.insert(option->flag);
  return all;
}

TrainConfig GivenOptions::on(TrainConfig config) const {
  for (const auto& [option, text] : texts)  // a given list replaces the previous one
    if (option->value.form == OptionValue::words) option->value.from_json(config, nlohmann::json::array());
  for (const auto& [option, text] : texts) option->value.parse(config, text);
  return config;
}

CLI::Option* add_option(CLI::App& command, const Option& option, const CLI::App::Take& take) {
  const OptionValue& value = option.value;
  if (value.form == OptionValue::flag)
    return command
        .add_flag(
            option.flag + ",!--no-" + option.flag.substr(2), [take](bool on) { take(on ? "true" : "false"); },
            option.help)
        ->group(option.group);
  CLI::Option* const made = value.form == OptionValue::words
                                ? command.add_repeatable(option.flag, take, option.help)->allow_extra_args(false)
                                : command.add_option(option.flag, take, option.help);
  made->group(option.group)->shows(value.type, option.shows_default ? value.text({}) : "");
  if (!option.excludes.empty()) made->excludes(command.get_option(option.excludes));
  return made;
}

namespace {

void add_row(CLI::App& command, const Option& option, GivenOptions& given) {
  add_option(command, option, [&option, &given](const std::string& text) {
    TrainConfig scratch;
    option.value.parse(scratch, text);
    given.texts.emplace_back(&option, text);
  });
}

}  // namespace

void add_train_options(CLI::App& command, GivenOptions& given) {
  for (const Option& option : train_options()) add_row(command, option, given);
}

void add_options(CLI::App& command, GivenOptions& given, const std::vector<std::string>& flags) {
  for (const std::string& flag : flags) add_row(command, find_option(flag), given);
}

}  // namespace graft
