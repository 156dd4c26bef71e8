// The options of vgg-finetune train, by subject.
#include <charconv>
#include <cstdlib>

#include "kernels/api/error.h"
#include "models/model.h"
#include "tools/commands/data_options.h"
#include "tools/commands/options.h"
#include "tools/terminal/command_line.h"

namespace graft {
namespace {

// CLI11's own checks let "nan" pass.
CLI::Validator number_in(float low, float high) {
  const auto check = [=](std::string& text) {
    char* stop = nullptr;
    const float value = static_cast<float>(std::strtold(text.c_str(), &stop));
    const bool good = !text.empty() && *stop == 0 && value >= low && value <= high;
    return good ? std::string() : fmt::format("{} is not a number from {:g} to {:g}", text, low, high);
  };
  return {check, "NUMBER"};
}

// CLI11 turns "-1" and 2^64 into the largest number.
CLI::Validator whole_number() {
  const auto check = [](std::string& text) {
    uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && stop == text.data() + text.size();
    return good ? std::string() : text + " is not a number from 0 to 18446744073709551615";
  };
  return {check, "NUMBER"};
}

void add_model_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Model";
  c.add_option(
       "--preset", o.preset,
       "tutorial: all that the Keras tutorial does (RGB/255, nearest, Glorot's head, Adam 1e-4, 100 steps an "
       "epoch); other options change it")
      ->check(CLI::IsMember({"tutorial"}))
      ->group(group);
  c.add_option("--model", o.model, trunk_names())->capture_default_str()->group(group);
  c.add_option("--weights", o.weights, "auto (cache, else download), none, or a .h5 file in any Keras layout")
      ->capture_default_str()
      ->group(group);
  c.add_option("--head", o.head, "flatten[:WIDTH...], gap[:WIDTH...] or imagenet (fc1, fc2 of ImageNet)")
      ->capture_default_str()
      ->group(group);
  c.add_option("--head-init", o.head_init, "fan-in (uniform, 1/sqrt(inputs), PyTorch's) or glorot (Keras')")
      ->capture_default_str()
      ->check(CLI::IsMember({"fan-in", "glorot"}))
      ->group(group);
  c.add_option("--head-weights", o.head_weights,
               "start the head from this .h5 file of an equal head or whole model (Keras', or a run's model.h5, "
               "whose columns "
               "are taken by the names of the classes)")
      ->group(group);
  c.add_option("--dropout", o.dropout,
               "rate behind each hidden layer of the head; with none, of the input of its last layer")
      ->capture_default_str()
      ->group(group);
  c.add_option("--unfreeze", o.unfreeze,
               "none (the head only), block5, block4, ..., all, or from=LAYER: it and all above train")
      ->capture_default_str()
      ->group(group);
}

void add_data_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Data";
  add_data_rules(c, o.rules), add_labels(c, o.rules);
  c.add_option("--image-size", o.image_size, "side of the images that the model sees")
      ->capture_default_str()
      ->group(group);
  c.add_option("--preprocess", o.preprocess,
               "auto (bound to the weights), keras-caffe, torchvision or tutorial (RGB/255)")
      ->capture_default_str()
      ->group(group);
  c.add_option("--resize", o.resize, "nearest or bilinear, instead of what preprocessing says")->group(group);
  c.add_option("--fit", o.fit, "stretch or crop (short side, then centre), instead of what preprocessing says")
      ->group(group);
  add_depth_options(c, o.bits, o.range, group);
  c.add_option("--augment", o.augment,
               "random views of training images: none, keras-generator or medical-gentle, each with changes, as in "
               "medical-gentle,rotation=5,flip-horizontal=1 (vgg-finetune augment draws them)")
      ->capture_default_str()
      ->group(group);
  c.add_option("--augment-views", o.augment_views,
               "keep the frozen layers' outputs of K fixed views of each image: faster, an approximation")
      ->check(CLI::Range(1, 1000))
      ->group(group);
  c.add_option(
       "--group-by", o.group_by,
       "what must not be in two splits (a patient): a regular expression or a table, as for check and split")
      ->group(group);
  c.add_flag("--allow-group-overlap", o.allow_group_overlap, "train although groups are in two splits")
      ->group(group);
  c.add_option("--on-bad-image", o.on_bad_image, "skip (and list at the end) or fail")
      ->capture_default_str()
      ->check(CLI::IsMember({"skip", "fail"}))
      ->group(group);
}

void add_run_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Run";
  c.add_option("--checkpoint-steps", o.checkpoint_steps,
               "save the state every N steps too, besides at each epoch (0: not by steps)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000000))
      ->group(group);
  c.add_option("--checkpoint-minutes", o.checkpoint_minutes,
               "save the state when the last time was so long ago (0: not by time)")
      ->capture_default_str()
      ->check(number_in(0, 1e6f))
      ->group(group);
  c.add_flag("--private", o.hide_names,
             "no names of images in CSV files and the report: each is called by a part of a SHA-256")
      ->group(group);
  c.add_option("--keep-checkpoint", o.keep_checkpoint,
               "when the run has ended: yes (the last one, from which --resume --epochs goes on) or no")
      ->capture_default_str()
      ->check(CLI::IsMember({"yes", "no"}))
      ->group(group);
}

void add_training_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Training";
  c.add_option("--epochs", o.epochs, "epochs")->capture_default_str()->check(CLI::Range(1, 1000000))->group(group);
  c.add_option("--steps-per-epoch", o.steps_per_epoch,
               "batches in an epoch, from an endless reshuffled stream (0: one pass over the images)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000000))
      ->group(group);
  c.add_option("--batch", o.batch, "images in a batch")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536))
      ->group(group);
  c.add_option("--lr", o.learning_rate, "learning rate")
      ->capture_default_str()
      ->check(number_in(0, 1e38f))
      ->group(group);
  c.add_option("--optimizer", o.optimizer, "adam or sgd")
      ->capture_default_str()
      ->check(CLI::IsMember({"adam", "sgd"}))
      ->group(group);
  c.add_option("--epsilon-form", o.epsilon_form,
               "Adam's: keras (1e-7, outside the bias correction) or pytorch (1e-8, inside)")
      ->capture_default_str()
      ->check(CLI::IsMember({"keras", "pytorch"}))
      ->group(group);
  c.add_option("--momentum", o.momentum, "of sgd")->capture_default_str()->check(number_in(0, 1))->group(group);
  c.add_option("--weight-decay", o.weight_decay,
               "decoupled, as in AdamW: w -= lr * WEIGHT_DECAY * w before each step")
      ->capture_default_str()
      ->check(number_in(0, 1e38f))
      ->group(group);
  c.add_option("--l2", o.l2, "L2 penalty: adds L2 * w to the gradient (PyTorch's weight_decay of Adam and SGD)")
      ->capture_default_str()
      ->check(number_in(0, 1e38f))
      ->group(group);
  c.add_option("--clip-norm", o.clip_norm, "scale all gradients together to this length where longer (0: never)")
      ->capture_default_str()
      ->check(number_in(0, 1e38f))
      ->group(group);
  c.add_option("--label-smoothing", o.label_smoothing, "share of the target that all classes divide among them")
      ->capture_default_str()
      ->check(number_in(0, 0.999f))
      ->group(group);
  c.add_option("--class-weights", o.class_weights,
               "what a mistake costs: none, balanced (rare classes more), or a CSV file of class,weight")
      ->capture_default_str()
      ->group(group);
  c.add_option("--seed", o.seed, "the same seed gives the same bits")
      ->capture_default_str()
      ->check(whole_number())
      ->group(group);
  c.add_flag(
       "--calibrate", o.calibrate,
       "fit a temperature on the validation images and divide the last layer by it: more honest probabilities")
      ->group(group);
  c.add_option(
       "--positive", o.positive,
       "of two classes, the one that thresholds (chosen on validation images) look for (default: the second)")
      ->group(group);
  c.add_flag("--log-steps", o.log_steps,
             "write steps.csv (loss and accuracy of each step) and order.csv (which images it saw)")
      ->group(group);
}

void add_cache_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Outputs of frozen layers";
  c.add_option("--cache", o.cache,
               "memory (computed once), file (computed once for all runs with these images, weights and frozen "
               "layers) or off (in every pass); the same result")
      ->capture_default_str()
      ->check(CLI::IsMember({"memory", "file", "off"}))
      ->group(group);
  c.add_option("--cache-dir", o.cache_dir, "where --cache file keeps them (default: features in the user's cache)")
      ->group(group);
  c.add_option("--cache-precision", o.cache_precision,
               "f32, or bf16: half the room, training and validation images rounded once")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->group(group);
}

void add_schedule_options(CLI::App& c, TrainOptions& o) {
  const auto group = "Schedule";
  c.add_option("--schedule", o.schedule,
               "of the learning rate: constant, cosine[:floor=0], step[:every=10,factor=0.1] (epochs) or "
               "plateau[:patience=3,factor=0.1]")
      ->capture_default_str()
      ->group(group);
  c.add_option("--warmup-steps", o.warmup_steps, "steps that the rate takes to rise, at the start of each phase")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000000))
      ->group(group);
  c.add_option("--warmup-epochs", o.warmup_epochs,
               "a first phase of N epochs trains the head alone; then what --unfreeze says trains at --finetune-lr")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000))
      ->group(group);
  c.add_option("--finetune-lr", o.finetune_lr,
               "learning rate of the second phase (above 0; default: a tenth of --lr)")
      ->check(number_in(0, 1e38f))
      ->group(group);
  c.add_option("--lr-mult", o.lr_mult,
               "learning rates of parts, times --lr: block5=0.1,block4=0.01,head=1, or names of layers")
      ->group(group);
  c.add_option("--patience", o.patience,
               "stop when what --watch says has not improved for N epochs (0: never; of the last phase)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000))
      ->group(group);
  c.add_option("--watch", o.watched, "val_loss or val_accuracy: what the best epoch, --patience and plateau go by")
      ->capture_default_str()
      ->check(CLI::IsMember({"val_loss", "val_accuracy"}))
      ->group(group);
  c.add_option("--keep", o.keep,
               "which epoch model.h5 has where there are validation images: best (last.h5 has the last), or last "
               "(best.h5 has the best)")
      ->capture_default_str()
      ->check(CLI::IsMember({"best", "last"}))
      ->group(group);
}

}  // namespace

void add_train_options(CLI::App& c, TrainOptions& o) {
  add_run_options(c, o);
  add_model_options(c, o);
  add_data_options(c, o);
  add_training_options(c, o);
  add_schedule_options(c, o);
  add_cache_options(c, o);
}

}  // namespace graft
