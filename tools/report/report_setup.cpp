// How a model was trained: a row for everything that its numbers depend on and that was asked for.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <numeric>

#include "engine/base/printable.h"
#include "engine/data/augment.h"
#include "engine/schedule.h"
#include "tools/report/report.h"
#include "tools/terminal/progress.h"

namespace graft {
namespace {

class Rows {
 public:
  // What does not apply has no value, and no row.
  void add(const Markup& name, const Markup& value) {
    if (!value.empty()) rows_ += element("tr", element("th", name, " scope=\"row\"") + element("td", value));
  }
  void add(const Markup& name, const std::string& value) { add(name, escaped(value)); }
  void add(const Markup& name, const std::string& value, const std::string& sha256) {
    if (sha256.empty()) return add(name, value);
    add(name, escaped(value) + " <span class=\"hash\">sha256 " + escaped(sha256) + "</span>");
  }
  Markup table() const {
    return element("div", element("table", element("tbody", rows_), " class=\"facts\""), " class=\"scroll\"");
  }

 private:
  Markup rows_;
};

// With --warmup-epochs, of its last phase.
std::string what_trained(const TrainOptions& o) {
  if (o.unfreeze == "none") return "the head; the trunk was frozen";
  if (o.unfreeze == "all") return "the head and the whole trunk";
  return "the head, and the trunk from " + o.unfreeze.substr(o.unfreeze.starts_with("from=") ? 5 : 0);
}

std::string phases(const TrainOptions& o) {
  if (o.warmup_epochs == 0) return what_trained(o);
  const std::string first = o.warmup_epochs == 1 ? "epoch 1" : fmt::format("epochs 1 to {}", o.warmup_epochs);
  return fmt::format("two phases: {} the head alone; from epoch {} on {}", first, o.warmup_epochs + 1,
                     what_trained(o));
}

std::string starting_weights(const Report& r) {
  const std::string& name = r.config.model.weights.name;
  if (name != "none") return name;
  // With a head from a file it is some transfer, if not of a trunk.
  return r.config.options.head_weights.empty() ? "none: random numbers, so this is not transfer learning"
                                               : "none for the trunk: random numbers";
}

std::string starting_head(const TrainOptions& o, const ModelRecord& m) {
  if (!o.head_weights.empty())
    return "from the file " + printable(std::filesystem::path(o.head_weights).filename());
  const bool along = m.architecture.head == "imagenet" && m.weights.name != "none";
  return std::string(along ? "fc1 and fc2 of the starting weights; the last layer " : "") +
         (o.head_init == "glorot" ? "random numbers (Glorot's, as in Keras)"
                                  : "random numbers (by fan-in, as in PyTorch)");
}

std::string training(const Report& r) {
  const TrainOptions& o = r.config.options;
  std::string text = fmt::format("{} epoch{}, batches of {}", o.epochs, o.epochs == 1 ? "" : "s", o.batch);
  if (o.steps_per_epoch > 0)
    text += fmt::format("; an epoch is {} steps of an endless, reshuffled stream", o.steps_per_epoch);
  if (const auto done = int(r.history.size()); done < o.epochs)
    text += o.patience > 0 ? fmt::format("; stopped early after epoch {}", done)
                           : fmt::format("; {} of them are done, and this model is of an earlier end", done);
  for (const EarlierPlan& plan : r.config.changes.epochs)
    text += fmt::format("; {} were planned until {} were done{}", plan.epochs, plan.done,
                        plan.test_scored == 0 ? "" : " and the test images had been scored");
  return text;
}

std::string data(const RunConfig& config) {
  // The last part of the path: the others tell where it lay on whose machine.
  const auto last = [](const std::filesystem::path& path) {
    return printable((path.has_filename() ? path : path.parent_path()).filename());
  };
  std::string text = last(config.options.data);
  for (const std::string& before : config.changes.data) text += "; before: " + last(before);
  return text;
}

std::string watching(const TrainOptions& o) {
  if (o.patience == 0) return {};
  return fmt::format("when the {} has not improved for {} epoch{}{}",
                     o.watched == "val_loss" ? "validation loss" : "validation accuracy", o.patience,
                     o.patience == 1 ? "" : "s", o.warmup_epochs > 0 ? " of the second phase" : "");
}

std::string optimizer(const TrainOptions& o) {
  std::string text = o.optimizer == "adam" ? fmt::format("Adam ({} form)", o.epsilon_form)
                                           : fmt::format("SGD, momentum {:g}", o.momentum);
  if (o.l2 > 0) text += fmt::format(", L2 {:g}", o.l2);
  if (o.weight_decay > 0) text += fmt::format(", decoupled weight decay {:g}", o.weight_decay);
  if (o.clip_norm > 0) text += fmt::format(", gradients clipped to {:g}", o.clip_norm);
  return text;
}

std::string schedule(const TrainOptions& o) {
  const Schedule s = parse_schedule(o.schedule);
  switch (s.kind) {
    case Schedule::cosine:
      return fmt::format(", falling to {:g} of it along a cosine", s.floor);
    case Schedule::step:
      return fmt::format(", times {:g} every {} epochs", s.factor, s.every);
    case Schedule::plateau:
      return fmt::format(", times {:g} after {} epochs without a better {}", s.factor, s.patience,
                         o.watched == "val_loss" ? "validation loss" : "validation accuracy");
    case Schedule::constant:
      break;
  }
  return {};
}

std::string learning_rate(const TrainOptions& o) {
  const bool two = o.warmup_epochs > 0;
  const char* each = two ? " (in each phase)" : "";
  std::string text = fmt::format("{:g}", o.learning_rate);
  if (two)
    text += fmt::format(", in the second phase {:g}", o.finetune_lr > 0 ? o.finetune_lr : o.learning_rate / 10);
  if (const std::string falls = schedule(o); !falls.empty()) text += falls + each;
  if (o.warmup_steps > 0) text += fmt::format(", rising over the first {} steps{}", o.warmup_steps, each);
  if (!o.lr_mult.empty())
    text += fmt::format("; factors {}{}", o.lr_mult, two ? " (from the second phase on)" : "");
  return text;
}

Markup class_weights(const Report& r) {
  const TrainOptions& o = r.config.options;
  if (o.class_weight_values.empty()) return {};
  constexpr size_t kListed = 12;
  Markup text = escaped(o.class_weights == "balanced" ? "balanced: " : "from a file: ");
  for (size_t c = 0; c < std::min(o.class_weight_values.size(), kListed); ++c)
    text += escaped(c ? ", " : "") + isolated(r.config.model.classes[c]) +
            escaped(fmt::format(" {:.4g}", o.class_weight_values[c]));
  return o.class_weight_values.size() > kListed ? text + ", ..." : text;
}

std::string augmentation(const Report& r) {
  const TrainOptions& o = r.config.options;
  if (!parse_augment(o.augment).random()) return {};
  if (o.augment_views == 0) return o.augment + "; new views of the training images in every epoch";
  const std::vector<int>& images = r.summary.images.at("train");
  const int views = kept_views(o, size_t(std::accumulate(images.begin(), images.end(), 0)));
  return fmt::format("{}; {} fixed view{} of each training image, an approximation of ever new ones", o.augment,
                     views, views == 1 ? "" : "s");
}

std::string rounded_features(const Report& r) {
  const TrainOptions& o = r.config.options;
  if (o.cache_precision != "bf16" || o.cache == "off") return {};
  return fmt::format("of training{} images, rounded to bf16 once",
                     r.summary.images.contains("val") ? " and validation" : "");
}

// 0: not used.
std::string share(float value) { return value > 0 ? fmt::format("{:g}", value) : ""; }

}  // namespace

Markup setup_table(const Report& r) {
  const ModelRecord& m = r.config.model;
  const TrainOptions& o = r.config.options;
  const RunSummary& s = r.summary;
  Rows rows;
  rows.add("Model", fmt::format("{}, images of {}x{}, head {}", m.architecture.trunk, m.architecture.image_size,
                                m.architecture.image_size, m.architecture.head));
  rows.add("Dropout", share(m.architecture.dropout));
  rows.add("Preset", o.preset.empty() ? "" : o.preset + "; other options may have changed it: the other rows tell");
  rows.add("What trained", phases(o));
  rows.add("Starting weights", starting_weights(r), m.weights.sha256);
  rows.add("Head at the start", starting_head(o, m), r.config.inputs.head_weights);
  rows.add("Preprocessing", describe(m.preprocess));
  rows.add("Augmentation", augmentation(r));
  rows.add("Training", training(r));
  rows.add("Stops early", watching(o));
  rows.add("Optimizer", optimizer(o));
  rows.add("Learning rate", learning_rate(o));
  rows.add("Label smoothing", share(o.label_smoothing));
  rows.add("Class weights", class_weights(r));
  rows.add("Outputs of frozen layers", rounded_features(r));
  rows.add("Precision", name(m.precision));
  rows.add("Kernels by name", fmt::format("{}", fmt::join(o.compute.kernels, ", ")));
  rows.add("Seed", std::to_string(o.seed));
  rows.add("Data", data(r.config));
  rows.add("Device", s.device);
  rows.add("Time", human_time(s.seconds) + ", from the last start to the end");
  rows.add("Program", s.program);
  rows.add("Trained model", "model.h5: " + s.which_model, r.model_sha256);
  const auto images = [&](const Markup& name, const std::string& sha256) {
    if (!sha256.empty()) rows.add(name, "names, classes and contents", sha256);
  };
  images("Training images", s.train_sha256);
  images("Validation images", s.val_sha256);
  images("Test images", s.test_sha256);
  return rows.table();
}

}  // namespace graft
