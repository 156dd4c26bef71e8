// A training option as a table row. The command line, config.json, help, preset
// differences, the check for options without effect and the report are all derived
// from it. A new option is a member of TrainConfig, a row in rows_*.cpp, and its use.
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/options/train_config.h"

namespace graft {

// Conversion of an option's value from and to text and JSON. Throws Error (usage) with the reason.
struct OptionValue {
  enum Form { word, words, flag } form = word;  // words: repeatable; flag: takes no text
  std::string type;                             // placeholder in help: "NUMBER"
  std::function<void(TrainConfig&, const std::string&)> parse;
  std::function<std::string(const TrainConfig&)> text;
  std::function<nlohmann::json(const TrainConfig&)> to_json;
  std::function<void(TrainConfig&, const nlohmann::json&)> from_json;
};

// Facts about the run that decide, besides the other options, whether an option has an effect.
struct RunFacts {
  bool frozen_layers = true;  // in any phase
  bool validation = true;     // there are validation images
};

struct Option {
  std::string flag;   // "--lr-mult"; "DATA" is positional
  std::string field;  // in config.json; empty if another row stores the value
  std::string group;  // section of help
  std::string help;
  OptionValue value;
  bool shows_default = true;    // in help
  bool may_be_missing = false;  // from config.json, as of versions without the option: its default
  bool may_change = false;      // on --resume
  std::string excludes = {};    // a flag that cannot be combined with this one
  // The reason why a given option would have no effect; empty if it has one.
  std::string (*idle)(const TrainConfig&, const RunFacts&) = nullptr;
  // Text of the report under `heading`; the texts of one heading are joined.
  std::string heading = {};
  std::string (*report)(const TrainConfig&) = nullptr;
};

// All rows, in the order of help.
const std::vector<Option>& train_options();
const Option& find_option(std::string_view flag);

// Parses the text into the option's value. Throws Error (usage) that names both.
void apply(const Option& option, TrainConfig& config, const std::string& text);

// Rejects combinations that make no sense for any data. Throws Error (usage).
void check_combination(const TrainConfig& config);

}  // namespace graft
