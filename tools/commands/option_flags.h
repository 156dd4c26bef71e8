// Makes command-line flags from the rows of the option table (tools/options/option.h).
#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/options/option.h"
#include "tools/terminal/command_line.h"

namespace graft {

// The options on the command line as text, until the configuration that they modify is known.
struct GivenOptions {
  std::vector<std::pair<const Option*, std::string>> texts;

  std::set<std::string> flags() const;
  TrainConfig on(TrainConfig config) const;  // config with these options applied
};

// Adds a row as a flag that passes its text to take(), which throws Error (usage) for an invalid one.
CLI::Option* add_option(CLI::App& command, const Option& option, const CLI::App::Take& take);

// Adds all rows, or those of `flags`. Texts are validated as they are parsed.
void add_train_options(CLI::App& command, GivenOptions& given);
void add_options(CLI::App& command, GivenOptions& given, const std::vector<std::string>& flags);

// Adds a row that sets one value of another command. `at` locates it in a TrainConfig, for example FIELD(data.rules).
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
