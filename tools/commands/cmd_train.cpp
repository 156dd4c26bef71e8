// vgg-finetune train: command-line options.
#include <fmt/ranges.h>

#include "tools/commands/loggers.h"
#include "tools/commands/option_flags.h"
#include "tools/commands/train_run.h"
#include "tools/options/preset.h"
#include "tools/train/run_changes.h"

namespace graft {
namespace {

// The configuration that the given options modify: the defaults, the preset, or another run's.
TrainConfig base_config(const TrainRequest& asked, const GivenOptions& given) {
  const bool preset = asked.given.contains("--preset");
  if (preset && !asked.config_file.empty())
    fail(Fault::usage, "--preset and --config both set all other options: give only one of them");
  if (preset && given.on({}).run.preset.empty())
    fail(Fault::usage, "--preset is empty; name a preset, or leave it out");
  if (preset) return preset_config();
  return asked.config_file.empty() ? TrainConfig() : config_of(asked.config_file).options;
}

std::string changeable_flags() {
  std::vector<std::string> flags;
  for (const Option& option : train_options())
    if (option.may_change) flags.push_back(option.flag);
  return fmt::format("{}", fmt::join(flags, ", "));
}

void require_changeable(const TrainCommand& command) {
  std::set<std::string> others = command.asked.given;
  if (!command.out.empty()) others.insert("--out");
  if (!command.asked.config_file.empty()) others.insert("--config");
  for (const Option& option : train_options())
    if (option.may_change) others.erase(option.flag);
  if (!others.empty())
    fail(Fault::usage, "--resume continues a run with its own options: leave out {}", *others.begin());
}

constexpr const char* kExamples = R"(
Examples:
  vgg-finetune train data                                     the tutorial's job: a new head, 5 epochs
  vgg-finetune train data --unfreeze block5 --lr 1e-5         also train the last block of the trunk
  vgg-finetune train data --unfreeze block5 --warmup-epochs 2 first only the head, then both at a tenth of the rate
  vgg-finetune train data --head gap:256 --dropout 0.5        a small head, for few images
  vgg-finetune train data --model vgg19 --weights vgg19.h5    your own weights
  vgg-finetune train data --preset tutorial                   exactly what the Keras tutorial does
  vgg-finetune train --resume runs/1                          resume an interrupted run
  vgg-finetune train --resume runs/1 --epochs 20              train for more epochs, also after the run has ended
  vgg-finetune train NEWDATA --resume runs/1                  the same images, which have moved)";

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("train", "Train a new head (and the top of the trunk) on a folder of images");
  auto o = std::make_shared<TrainCommand>();
  auto given = std::make_shared<GivenOptions>();
  c.footer(kExamples);
  c.add_option("--out", o->out, "run folder (default: the next free runs/N)")->group("Run");
  const auto path_of = [](std::filesystem::path& path) {
    return [&path](const std::string& text) {
      if (text.empty()) fail(Fault::usage, "it is empty");
      path = text;
    };
  };
  c.add_option("--resume", path_of(o->asked.resume),
               "resume the run in this folder with its own options; these may be changed: " + changeable_flags())
      ->group("Run");
  c.add_option("--config", path_of(o->asked.config_file),
               "take the options of another run (its config.json or folder); options given here override them")
      ->group("Run");
  add_train_options(c, *given);
  add_device_options(c, o->compute);
  add_log_options(c, o->log);
  c.callback([o, given, &exit_code] {
    o->asked.given = given->flags();
    if (!o->asked.resume.empty()) require_changeable(*o);
    o->config = [o = o.get(), given] { return given->on(base_config(o->asked, *given)); };
    exit_code = run_train(*o);
  });
}

}  // namespace graft
