#include "tools/options/preset.h"

namespace graft {
namespace {

struct Setting {
  const char *flag, *text;
};

// Defaults are spelled out too, so that a changed default changes no preset.
constexpr Setting kTutorial[] = {
    // VGG16 without top, Flatten, Dense(1024, relu), Dense(classes, softmax)
    {"--model", "vgg16"},
    {"--weights", "auto"},
    {"--image-size", "224"},
    {"--head", "flatten:1024"},
    {"--head-init", "glorot"},
    {"--head-weights", ""},
    {"--dropout", "0"},
    {"--unfreeze", "none"},
    {"--precision", "f32"},
    // ImageDataGenerator(rescale=1/255).flow_from_directory(target_size, batch_size=32): RGB, stretched, nearest
    {"--preprocess", "tutorial"},
    {"--resize", ""},
    {"--fit", ""},
    {"--range", ""},
    {"--exif", "ignore"},
    {"--augment", "none"},
    {"--augment-views", "0"},
    {"--batch", "32"},
    {"--cache-precision", "f32"},
    // compile(Adam(1e-4)), fit(steps_per_epoch=100, epochs=5)
    {"--optimizer", "adam"},
    {"--epsilon-form", "keras"},
    {"--momentum", "0.9"},
    {"--lr", "0.0001"},
    {"--l2", "0"},
    {"--weight-decay", "0"},
    {"--clip-norm", "0"},
    {"--schedule", "constant"},
    {"--lr-mult", ""},
    {"--warmup-steps", "0"},
    {"--warmup-epochs", "0"},
    {"--finetune-lr", "0"},
    {"--label-smoothing", "0"},
    {"--class-weights", "none"},
    {"--patience", "0"},
    {"--monitor", "val_loss"},
    {"--keep", "last"},
    {"--calibrate", "false"},
    {"--epochs", "5"},
    {"--steps-per-epoch", "100"},
};

}  // namespace

TrainConfig preset_config() {
  TrainConfig config;
  for (const auto& [flag, text] : kTutorial) find_option(flag).value.parse(config, text);
  return config;
}

std::vector<std::string> departures(const TrainConfig& config, const std::set<std::string>& given) {
  const TrainConfig preset = preset_config();
  std::vector<std::string> all;
  for (const auto& [flag, unused] : kTutorial) {
    const auto& text = find_option(flag).value.text;
    if (given.contains(flag) && text(config) != text(preset)) all.push_back(flag);
  }
  for (const char* flag : {"--bits", "--kernel"})  // not set by the preset
    if (given.contains(flag)) all.push_back(flag);
  return all;
}

}  // namespace graft
