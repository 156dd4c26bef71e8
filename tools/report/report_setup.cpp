// The setup of the run: one row for each setting that affects its results.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <numeric>
#include <set>

#include "engine/base/printable.h"
#include "tools/events/human_time.h"
#include "tools/options/option.h"
#include "tools/report/report.h"

namespace graft {
namespace {

class Rows {
 public:
  // Settings that do not apply have no value and get no row.
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

// The joined texts of the options under a heading.
std::string said(const TrainConfig& config, std::string_view heading) {
  std::string text;
  for (const Option& option : train_options())
    if (option.heading == heading) text += option.report(config);
  return text;
}

std::string starting_weights(const Report& r) {
  const std::string& name = r.config.model.weights.name;
  if (name != "none") return name;
  // With a head from a file it is still transfer learning, if not of the trunk.
  return r.config.options.model.head_weights.empty()
             ? "none: random initialisation, so this is not transfer learning"
             : "none for the trunk: random initialisation";
}

std::string starting_head(const ModelOptions& o, const ModelRecord& m) {
  if (!o.head_weights.empty()) return "from the file " + printable(o.head_weights.filename());
  const bool along = m.architecture.head == "imagenet" && m.weights.name != "none";
  return std::string(along ? "fc1 and fc2 of the starting weights; the last layer " : "") +
         (o.head_init == HeadInit::glorot ? "random initialisation (Glorot, as in Keras)"
                                          : "random initialisation (fan-in, as in PyTorch)");
}

std::string training(const Report& r) {
  const ScheduleOptions& o = r.config.options.schedule;
  std::string text = fmt::format("{} epoch{}, batches of {}", o.epochs, o.epochs == 1 ? "" : "s", o.batch);
  if (o.steps_per_epoch > 0)
    text += fmt::format("; an epoch is {} steps of an endless, reshuffled stream", o.steps_per_epoch);
  if (const auto done = int(r.history.size()); done < o.epochs)
    text += o.patience > 0
                ? fmt::format("; stopped early after epoch {}", done)
                : fmt::format("; {} of them are done: this model is from an earlier end of the run", done);
  for (const EarlierPlan& plan : r.config.changes.epochs)
    text += fmt::format("; {} were planned until {} were done{}", plan.epochs, plan.done,
                        plan.test_scored == 0 ? "" : " and the test images had been scored");
  return text;
}

std::string data(const RunConfig& config) {
  // Only the last part of the path: the rest would reveal the layout of the training machine.
  const auto last = [](const std::filesystem::path& path) {
    return printable((path.has_filename() ? path : path.parent_path()).filename());
  };
  std::string text = last(config.options.data.folder);
  for (const std::string& before : config.changes.data) text += "; before: " + last(before);
  return text;
}

Markup class_weights(const Report& r) {
  const std::vector<float>& weights = r.config.class_weights;
  if (weights.empty()) return {};
  constexpr size_t kListed = 12;
  const bool balanced = r.config.options.loss.class_weights.kind == ClassWeightsChoice::balanced;
  Markup text = escaped(balanced ? "balanced: " : "from a file: ");
  for (size_t c = 0; c < std::min(weights.size(), kListed); ++c)
    text +=
        escaped(c ? ", " : "") + isolated(r.config.model.classes[c]) + escaped(fmt::format(" {:.4g}", weights[c]));
  return weights.size() > kListed ? text + ", ..." : text;
}

std::string augmentation(const Report& r) {
  const TrainConfig& o = r.config.options;
  if (!o.data.augment.random()) return {};
  const std::string augment = describe(o.data.augment);
  if (o.data.augment_views == 0) return augment + "; new views of the training images in every epoch";
  const std::vector<int>& images = r.summary.images.at("train");
  const int views = kept_views(o, size_t(std::accumulate(images.begin(), images.end(), 0)));
  return fmt::format("{}; {} fixed view{} of each training image, an approximation of new views in every epoch",
                     augment, views, views == 1 ? "" : "s");
}

std::string rounded_features(const Report& r) {
  const CacheOptions& o = r.config.options.cache;
  if (o.dtype != DType::bf16 || o.mode == CacheMode::off) return {};
  return fmt::format("of training{} images, rounded to bf16 once",
                     r.summary.images.contains("val") ? " and validation" : "");
}

}  // namespace

Markup setup_table(const Report& r) {
  const ModelRecord& m = r.config.model;
  const TrainConfig& o = r.config.options;
  const RunSummary& s = r.summary;
  Rows rows;
  std::set<std::string, std::less<>> added;
  const auto add = [&](const std::string& heading) {
    if (added.insert(heading).second) rows.add(escaped(heading), said(o, heading));
  };
  rows.add("Model", fmt::format("{}, images of {}x{}, head {}", m.architecture.trunk, m.architecture.image_size,
                                m.architecture.image_size, m.architecture.head));
  for (const char* heading : {"Dropout", "Preset", "What trained"}) add(heading);
  rows.add("Starting weights", starting_weights(r), m.weights.sha256);
  rows.add("Head at the start", starting_head(o.model, m), r.config.inputs.head_weights);
  rows.add("Preprocessing", describe(m.preprocess));
  rows.add("Augmentation", augmentation(r));
  rows.add("Training", training(r));
  for (const char* heading : {"Stops early", "Optimizer", "Learning rate", "Label smoothing"}) add(heading);
  rows.add("Class weights", class_weights(r));
  rows.add("Outputs of frozen layers", rounded_features(r));
  rows.add("Precision", name(m.precision));
  for (const char* heading : {"Kernels by name", "Seed"}) add(heading);
  for (const Option& option : train_options())  // new options need no line here
    if (option.report) add(option.heading);
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
