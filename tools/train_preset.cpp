#include "tools/train_preset.h"

#include <CLI/CLI.hpp>

namespace graft {

std::vector<std::string> apply_preset(const CLI::App& command, TrainOptions& o) {
  std::vector<std::string> overridden;
  if (o.preset.empty()) return overridden;
  const auto set = [&](const char* option, auto& value, const auto& preset) {
    const CLI::Option* given = command.get_option(option);
    if (given->count() == 0)
      value = preset;
    else if (value != preset)
      overridden.push_back(option);
  };
  // VGG16 without top, Flatten, Dense(1024, relu), Dense(classes, softmax)
  set("--model", o.model, "vgg16");
  set("--weights", o.weights, "auto");
  set("--image-size", o.image_size, 224);
  set("--head", o.head, "flatten:1024");
  set("--head-init", o.head_init, "glorot");
  set("--dropout", o.dropout, 0.0f);
  set("--unfreeze", o.unfreeze, "none");
  // ImageDataGenerator(rescale=1/255).flow_from_directory(target_size, batch_size=32): RGB, stretched, nearest
  set("--preprocess", o.preprocess, "tutorial");
  set("--augment", o.augment, "none");
  set("--batch", o.batch, 32);
  // compile(Adam(1e-4)), fit(steps_per_epoch=100, epochs=5)
  set("--optimizer", o.optimizer, "adam");
  set("--epsilon-form", o.epsilon_form, "keras");
  set("--lr", o.learning_rate, 1e-4f);
  set("--l2", o.l2, 0.0f);
  set("--weight-decay", o.weight_decay, 0.0f);
  set("--clip-norm", o.clip_norm, 0.0f);
  set("--schedule", o.schedule, "constant");
  set("--warmup-steps", o.warmup_steps, 0);
  set("--label-smoothing", o.label_smoothing, 0.0f);
  set("--class-weights", o.class_weights, "none");
  set("--keep", o.keep, "last");
  set("--epochs", o.epochs, 5);
  set("--steps-per-epoch", o.steps_per_epoch, 100);
  return overridden;
}

}  // namespace graft
