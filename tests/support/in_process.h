// Runs `vgg-finetune train` and `report` inside the test process: the same parser, option table and checks, but
// faster. Exit codes and streams of the real process are tested in tests/cli.
#pragma once
#include <optional>
#include <sstream>

#include "tests/support/captured.h"
#include "tools/commands/option_flags.h"
#include "tools/commands/options.h"
#include "tools/terminal/failure.h"

namespace graft {

// "a b" -> {"a", "b"}; '' denotes an empty word.
inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word == "''" ? "" : word);
  return words;
}

// Returns nullopt if the command line is valid, else the parser's exit code (0 after help).
inline std::optional<int> parse(CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> all = {"vgg-finetune"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  return app.parse(int(argv.size()), argv.data());
}

// Runs the command line "train ..." or "report ...". Returns its exit code, and its output or error message.
inline Run in_process(const std::string& words) {
  int code = 0;
  std::string error;
  const std::string output = captured([&] {
    CLI::App app("", "vgg-finetune");
    app.require_subcommand(1);
    add_train_command(app, code);
    add_report_command(app, code);
    try {
      if (const auto ended = parse(app, words_of(words))) code = *ended ? static_cast<int>(Fault::usage) : 0;
    } catch (const std::exception& e) {
      const Error failure = failure_of(e);
      code = static_cast<int>(failure.fault());
      error = failure.what();
    }
  });
  return {code, output + error};
}

// The result of parsing options of the option table: their values, or the parser's error message.
struct ParsedOptions {
  GivenOptions given;
  std::string complaint;  // empty: none

  TrainConfig config(const TrainConfig& base = {}) const { return given.on(base); }
};
inline ParsedOptions parse_options(const std::vector<std::string>& words) {
  ParsedOptions parsed;
  std::optional<int> ended;
  const std::string output = captured([&] {
    CLI::App app("", "vgg-finetune");
    add_train_options(app, parsed.given);
    ended = parse(app, words);
  });
  if (ended) parsed.complaint = output;
  return parsed;
}
// Parses valid training options.
inline TrainConfig options_of(const std::string& text) {
  const ParsedOptions parsed = parse_options(words_of(text));
  require(parsed.complaint.empty(), "{}: {}", text, parsed.complaint);
  return parsed.config();
}

}  // namespace graft
