#include "tools/commands/train_preset.h"

#include "tools/terminal/command_line.h"

namespace graft {
namespace {

// Every option that changes a number of the result, by subject.
template <class F>
void each_option(F&& option) {
  using O = TrainOptions;
  option("--model", &O::model), option("--weights", &O::weights), option("--image-size", &O::image_size);
  option("--head", &O::head), option("--head-init", &O::head_init), option("--head-weights", &O::head_weights);
  option("--dropout", &O::dropout), option("--unfreeze", &O::unfreeze), option("--precision", &O::precision);
  option("--preprocess", &O::preprocess), option("--resize", &O::resize), option("--fit", &O::fit);
  option("--bits", &O::bits), option("--range", &O::range);
  option("--augment", &O::augment), option("--augment-views", &O::augment_views), option("--batch", &O::batch);
  option("--cache-precision", &O::cache_precision), option("--optimizer", &O::optimizer);
  option("--epsilon-form", &O::epsilon_form), option("--momentum", &O::momentum);
  option("--lr", &O::learning_rate), option("--l2", &O::l2), option("--weight-decay", &O::weight_decay);
  option("--clip-norm", &O::clip_norm), option("--schedule", &O::schedule), option("--lr-mult", &O::lr_mult);
  option("--warmup-steps", &O::warmup_steps), option("--warmup-epochs", &O::warmup_epochs);
  option("--finetune-lr", &O::finetune_lr), option("--label-smoothing", &O::label_smoothing);
  option("--class-weights", &O::class_weights), option("--patience", &O::patience);
  option("--watch", &O::watched), option("--keep", &O::keep), option("--calibrate", &O::calibrate);
  option("--epochs", &O::epochs), option("--steps-per-epoch", &O::steps_per_epoch);
}

// Spelled out also where it is a default, so that a default that changes changes no preset.
TrainOptions tutorial() {
  TrainOptions o;
  // VGG16 without top, Flatten, Dense(1024, relu), Dense(classes, softmax)
  o.model = "vgg16", o.weights = "auto", o.image_size = 224, o.unfreeze = "none", o.precision = "f32";
  o.head = "flatten:1024", o.head_init = "glorot", o.head_weights = "", o.dropout = 0;
  // ImageDataGenerator(rescale=1/255).flow_from_directory(target_size, batch_size=32): RGB, stretched, nearest
  o.preprocess = "tutorial", o.resize = "", o.fit = "", o.bits = 0, o.range = "", o.augment = "none",
  o.augment_views = 0, o.batch = 32;
  o.cache_precision = "f32";
  // compile(Adam(1e-4)), fit(steps_per_epoch=100, epochs=5)
  o.optimizer = "adam", o.epsilon_form = "keras", o.learning_rate = 1e-4f, o.lr_mult = "";
  o.l2 = o.weight_decay = o.clip_norm = o.label_smoothing = 0, o.class_weights = "none";
  o.schedule = "constant", o.warmup_steps = o.warmup_epochs = 0, o.finetune_lr = 0, o.patience = 0;
  o.keep = "last", o.calibrate = false, o.epochs = 5, o.steps_per_epoch = 100;
  return o;
}

}  // namespace

std::vector<std::string> apply_preset(const CLI::App& command, TrainOptions& o) {
  std::vector<std::string> departures;
  if (o.preset.empty()) return departures;
  const TrainOptions preset = tutorial();
  each_option([&](const char* name, auto member) {
    if (command.get_option(name)->count() == 0)
      o.*member = preset.*member;
    else if (o.*member != preset.*member)
      departures.push_back(name);
  });
  if (command.get_option("--kernel")->count() > 0) departures.push_back("--kernel");
  return departures;
}

}  // namespace graft
