// vgg-finetune train and report in the process of the test: the same parser, table of options and checks, but no
// process has to start. What a process alone can show (exit code, streams) is for tests/cli.
#pragma once
#include <optional>
#include <sstream>

#include "tests/support/captured.h"
#include "tools/commands/option_flags.h"
#include "tools/commands/options.h"
#include "tools/terminal/failure.h"

namespace graft {

// "a b" -> {"a", "b"}; '' stands for an empty word.
inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word == "''" ? "" : word);
  return words;
}

// 0 or nothing if the parser runs the command.
inline std::optional<int> parse(CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> all = {"vgg-finetune"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  return app.parse(int(argv.size()), argv.data());
}

// The command line "train ..." or "report ...": its exit code, and what it or its error says.
inline Run in_process(const std::string& words) {
  int code = 0;
  std::string error;
  const std::string said = captured([&] {
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
  return {code, said + error};
}

// The rows of the table as flags of a command of their own: what is given, or the complaint of the parser.
struct ParsedOptions {
  GivenOptions given;
  std::string complaint;  // empty: none

  TrainConfig config(const TrainConfig& base = {}) const { return given.on(base); }
};
inline ParsedOptions parse_options(const std::vector<std::string>& words) {
  ParsedOptions parsed;
  std::optional<int> ended;
  const std::string said = captured([&] {
    CLI::App app("", "vgg-finetune");
    add_train_options(app, parsed.given);
    ended = parse(app, words);
  });
  if (ended) parsed.complaint = said;
  return parsed;
}
// The options of a training, none of them refused.
inline TrainConfig options_of(const std::string& text) {
  const ParsedOptions parsed = parse_options(words_of(text));
  require(parsed.complaint.empty(), "{}: {}", text, parsed.complaint);
  return parsed.config();
}

}  // namespace graft
