// The option table: invariants of all rows, errors of the command line, and the preset's settings.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/app/option_values.h"
#include "tests/support/in_process.h"
#include "tools/options/preset.h"

using namespace graft;
using graft::test::option_values;
using nlohmann::json;

namespace {

// Returns a value that differs from that of `config`.
std::string another(const Option& option, const TrainConfig& config) {
  if (option.flag == "--augment") return "medical-gentle";
  for (const std::string& text : option_values().at(option.flag)) {
    TrainConfig changed = config;
    option.value.parse(changed, text);
    if (option.value.text(changed) != option.value.text(config)) return text;
  }
  return {};
}

TrainConfig with(const Option& option, const std::string& text) {
  TrainConfig config;
  apply(option, config, text);
  return config;
}

// Reads the value back from JSON, as in a file, into a configuration with a different one.
void check_round_trip(const Option& option, const TrainConfig& config) {
  const std::string text = option.value.text(config);
  CAPTURE(option.flag);
  CAPTURE(text);
  const json stored = json::parse(option.value.to_json(config).dump());
  TrainConfig back;
  if (const std::string other = another(option, config); !other.empty()) option.value.parse(back, other);
  option.value.from_json(back, stored);
  CHECK(option.value.text(back) == text);
  CHECK(option.value.to_json(back) == option.value.to_json(config));
  if (option.value.form == OptionValue::words) return;  // several words, joined into human-readable text
  CHECK(option.value.text(with(option, text)) == text);
}

}  // namespace

TEST_CASE("options: flags and fields are unique, and each row has help and a group") {
  std::set<std::string> flags, fields;
  for (const Option& option : train_options()) {
    CAPTURE(option.flag);
    CHECK((option.flag == "DATA" || option.flag.starts_with("--")));
    CHECK(flags.insert(option.flag).second);
    CHECK((option.field.empty() || fields.insert(option.field).second));
    CHECK_FALSE(option.help.empty());
    CHECK_FALSE(option.group.empty());
    CHECK(option.heading.empty() == (option.report == nullptr));
    CHECK(&find_option(option.flag) == &option);
    if (!option.excludes.empty()) CHECK(find_option(option.excludes).flag == option.excludes);
  }
  CHECK_THROWS_AS(find_option("--no-such-option"), Error);
}

TEST_CASE("options: every value, default included, survives a round trip through text and JSON") {
  for (const Option& option : train_options()) {
    if (option.field.empty()) continue;
    CAPTURE(option.flag);
    check_round_trip(option, {});
    REQUIRE(option_values().contains(option.flag));
    std::set<std::string> stored;
    for (const std::string& text : option_values().at(option.flag)) {
      const TrainConfig config = with(option, text);
      CHECK(option.value.text(config) == text);
      check_round_trip(option, config);
      CHECK(stored.insert(option.value.to_json(config).dump()).second);  // different values stay different
    }
  }
  for (const auto& [flag, unused] : option_values()) CHECK(find_option(flag).flag == flag);
  const Option& augment = find_option("--augment");  // its text lists all its settings
  for (const char* text : {"keras-generator", "medical-gentle,rotation=5,flip-horizontal=1"})
    check_round_trip(augment, with(augment, text));
}

TEST_CASE("options: the command line has every row, and an option changes only its own field") {
  const json defaults = [] {
    json all;
    for (const Option& o : train_options())
      if (!o.field.empty()) all[o.flag] = o.value.to_json({});
    return all;
  }();
  for (const Option& option : train_options()) {
    if (option.field.empty()) continue;
    CAPTURE(option.flag);
    const std::string text = another(option, {});
    REQUIRE_FALSE(text.empty());
    std::vector<std::string> words = {option.flag, text};
    if (option.value.form == OptionValue::flag) words = {option.flag};
    if (option.flag == "DATA") words = {text};
    const ParsedOptions parsed = parse_options(words);
    REQUIRE_MESSAGE(parsed.complaint.empty(), parsed.complaint);
    CHECK(parsed.given.flags() == std::set<std::string>{option.flag});
    const TrainConfig config = parsed.config();
    CHECK(option.value.to_json(config) == option.value.to_json(with(option, text)));
    for (const Option& other : train_options())
      if (&other != &option && !other.field.empty())
        CHECK_MESSAGE(other.value.to_json(config) == defaults[other.flag], other.flag);
  }
}

TEST_CASE("options: given lists replace previous ones and keep their order") {
  TrainConfig before;
  before.data.rules.exclude = {"a"}, before.data.rules.only = {"b"};
  const TrainConfig config = parse_options({"--exclude", "x", "--exclude", "y"}).config(before);
  CHECK(config.data.rules.exclude == std::vector<std::string>{"x", "y"});
  CHECK(config.data.rules.only == std::vector<std::string>{"b"});
  CHECK(parse_options({"--exclude", ""}).complaint.find("it is empty") != std::string::npos);
}

TEST_CASE("options: errors of the command line name the option and what would be valid") {
  const std::vector<std::pair<std::string, std::string>> all = {
      {"--batch 0", "from 1 to 65536"},
      {"--batch 3.5", "not a whole number"},
      {"--batch x", "from 1 to 65536"},
      {"--epochs 0", "from 1 to"},
      {"--lr nan", "not a number"},
      {"--lr -1", "from 0"},
      {"--l2 inf", "not a number"},
      {"--dropout 1.5", "from 0 to 0.999"},
      {"--label-smoothing 1", "from 0 to 0.999"},
      {"--momentum 1.01", "from 0 to 1"},
      {"--seed -1", "18446744073709551615"},
      {"--seed 18446744073709551616", "18446744073709551615"},
      {"--image-size 31", "from 32 to 1024"},
      {"--augment-views 1001", "from 0 to 1000"},
      {"--augment blur", "medical-gentle"},
      {"--augment none,rotation=900", "rotation"},
      {"--precision f16", "bf16"},
      {"--head flat", "flatten or gap"},
      {"--head gap:0", "a width is a number"},
      {"--unfreeze ''", "the name is missing"},
      {"--preprocess caffe", "keras-caffe"},
      {"--resize cubic", "bilinear"},
      {"--fit pad", "crop"},
      {"--bits 8", "from 9 to 16"},
      {"--range 7", "the smaller first"},
      {"--range 9,9", "the smaller first"},
      {"--on-bad-image ignore", "not one of: skip, fail"},
      {"--optimizer lion", "available: adam, sgd"},
      {"--monitor loss", "not one of: val_loss, val_accuracy"},
      {"--cache disk", "not one of: memory, file, off"},
      {"--keep all", "not one of: best, last"},
      {"--schedule linear", "there are: constant, cosine"},
      {"--schedule step:every=0", "not a number from 1"},
      {"--lr-mult head", "NAME=FACTOR"},
      {"--lr-mult head=-1", "NAME=FACTOR"},
      {"--lr-mult head=1,head=2", "'head' is given twice"},
      {"--preset keras", "not one of: tutorial"},
      {"--batch", "--batch"},
      {"--no-such-option", "--no-such-option"},
  };
  for (const auto& [options, words] : all) {
    CAPTURE(options);
    const std::string complaint = parse_options(words_of(options)).complaint;
    CHECK_MESSAGE(complaint.find(options.substr(0, options.find(' '))) != complaint.npos, complaint);
    CHECK_MESSAGE(complaint.find(words) != complaint.npos, complaint);
  }
  const std::string both = parse_options(words_of("--bits 12 --range 0,4095")).complaint;
  CHECK_MESSAGE(both.find("--bits excludes --range") != both.npos, both);
}

TEST_CASE("options: combinations that are invalid for any images are refused") {
  const auto complaint = [](const std::string& options) -> std::string {
    try {
      check_combination(options_of(options));
      return "";
    } catch (const Error& e) {
      CHECK(e.fault() == Fault::usage);
      return e.what();
    }
  };
  CHECK(complaint("") == "");
  CHECK(complaint("--augment-views 3").starts_with("--augment-views caches augmented views"));
  CHECK(complaint("--augment-views 3 --augment medical-gentle") == "");
  CHECK(complaint("--warmup-epochs 1").find("name them with --unfreeze") != std::string::npos);
  CHECK(complaint("--warmup-epochs 1 --unfreeze block5") == "");
  CHECK(complaint("--warmup-epochs 5 --unfreeze all").find("more --epochs") != std::string::npos);
  CHECK(complaint("--warmup-epochs 4 --unfreeze all") == "");
}

// Every row is classified here, so that a new option needs a decision.
TEST_CASE("options: the preset sets every option that affects results, and departures are reported") {
  const std::set<std::string> no_number = {"DATA",
                                           "--checkpoint-steps",
                                           "--checkpoint-minutes",
                                           "--keep-checkpoint",
                                           "--private",
                                           "--only",
                                           "--log-steps",
                                           "--preset",
                                           "--exclude",
                                           "--labels",
                                           "--cache",
                                           "--cache-dir",
                                           "--group-by",
                                           "--on-bad-image",
                                           "--allow-group-overlap",
                                           "--seed",
                                           "--positive"};
  const TrainConfig preset = preset_config();  // each setting is valid
  std::set<std::string> given;
  for (const Option& option : train_options()) given.insert(option.flag);
  given.erase("--bits"), given.erase("--kernel");  // the preset does not set them, so they are departures
  CHECK(departures(preset, given).empty());
  CHECK(departures(preset, {"--bits", "--kernel"}) == std::vector<std::string>{"--bits", "--kernel"});
  for (const Option& option : train_options()) {
    if (option.field.empty()) continue;
    CAPTURE(option.flag);
    TrainConfig changed = preset;
    option.value.parse(changed, another(option, preset));
    const std::vector<std::string> reported = departures(changed, {option.flag});
    CHECK(reported == (no_number.contains(option.flag) ? std::vector<std::string>{} : std::vector{option.flag}));
    if (option.flag != "--kernel") CHECK(departures(changed, {}).empty());  // only given options are departures
  }
  CHECK(preset.model.network.head == "flatten:1024");
  CHECK(preset.model.head_init == HeadInit::glorot);
  CHECK(preset.data.preprocess.preset == "tutorial");
  CHECK(preset.schedule.steps_per_epoch == 100);
}
