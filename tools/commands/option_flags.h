// The rows of the table of options (tools/options/option.h) as flags of a command.
#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/options/option.h"
#include "tools/terminal/command_line.h"

namespace graft {

// What the command line has, in its words, until it is known what it changes.
struct GivenOptions {
  std::vector<std::pair<const Option*, std::string>> texts;

  std::set<std::string> flags() const;
  TrainConfig on(TrainConfig config) const;  // with what is given
};

// A row as a flag whose texts go to take(), which throws Error (usage).
CLI::Option* add_option(CLI::App& command, const Option& option, const CLI::App::Take& take);

// All rows. The texts are checked as they come.
void add_train_options(CLI::App& command, GivenOptions& given);
void add_options(CLI::App& command, GivenOptions& given, const std::vector<std::string>& flags);

// A row for one value of another command. `at` is its place in a TrainConfig, as FIELD(data.rules).
template <class T, class At>
CLI::Option* bind_option(CLI::App& command, const char* flag, T& value, At at) {
  const Option& option = find_option(flag);
  return add_option(command, option, [&option, &value, at](const std::string& text) {
    TrainConfig config;
    at(config) = value;
    option.value.parse(config, text);
    value = at(config);
  });
}

}  // namespace graft
