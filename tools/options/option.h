// An option of a training as a row of a table. From the row come the command line, config.json, help, what a preset
// changes, whether the option would have an effect, and its words in the report. A new option is a member of
// TrainConfig, a row in rows_*.cpp, and its use.
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/options/train_config.h"

namespace graft {

// How texts and JSON become the value of an option, and back. Throws Error (usage) that says what is wrong with
// them.
struct OptionValue {
  enum Form { word, words, flag } form = word;  // words: a text each time that it is given; flag: no text
  std::string type;                             // of the text, for help: "NUMBER"
  std::function<void(TrainConfig&, const std::string&)> parse;
  std::function<std::string(const TrainConfig&)> text;
  std::function<nlohmann::json(const TrainConfig&)> to_json;
  std::function<void(TrainConfig&, const nlohmann::json&)> from_json;
};

// What decides whether an option has an effect, besides the other options.
struct RunFacts {
  bool frozen_layers = true;  // in one of the phases
  bool validation = true;     // there are such images
};

struct Option {
  std::string flag;   // "--lr-mult"; DATA is the positional one
  std::string field;  // in config.json; empty: another row stores the value
  std::string group;  // of help
  std::string help;
  OptionValue value;
  bool shows_default = true;  // in help
  bool may_change = false;    // when a run is resumed
  std::string excludes = {};  // another option
  // Why the option would have no effect although it is given; empty: it has one.
  std::string (*idle)(const TrainConfig&, const RunFacts&) = nullptr;
  // What the report says below `heading`; parts of one heading are joined.
  std::string heading = {};
  std::string (*report)(const TrainConfig&) = nullptr;
};

// All of them, in the order of help.
const std::vector<Option>& train_options();
const Option& find_option(std::string_view flag);

// Sets the option to what the text means. Throws Error (usage) that names both.
void apply(const Option& option, TrainConfig& config, const std::string& text);

// Combinations that make no sense, whatever the images are. Throws Error (usage).
void check_combination(const TrainConfig& config);

}  // namespace graft
