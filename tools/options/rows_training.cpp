// Optimizer and loss options.
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {
namespace {

// The text of an option in the report's row "Optimizer"; empty if it is off (0).
template <float OptimizerOptions::*value>
std::string share(const TrainConfig& c, const char* what) {
  return c.optimizer.*value > 0 ? fmt::format(", {} {:g}", what, c.optimizer.*value) : "";
}

ClassWeightsChoice parse_class_weights(std::string_view given) {
  if (given == "none") return {};
  if (given == "balanced") return {ClassWeightsChoice::balanced, {}};
  return {ClassWeightsChoice::file, absolute_path(given)};
}
std::string text_of(const ClassWeightsChoice& w) {
  if (w.kind == ClassWeightsChoice::file) return w.path.string();
  return w.kind == ClassWeightsChoice::balanced ? "balanced" : "none";
}

// The reason why an option of another optimizer has no effect.
template <const char* const& flag>
std::string not_of_optimizer(const TrainConfig& c, const RunFacts&) {
  for (const OptimizerKind& kind : optimizer_kinds())
    if (&kind != c.optimizer.kind && std::ranges::count(kind.flags, flag) > 0)
      return fmt::format("it applies only to --optimizer {}, and this run trains with {}", kind.name,
                         c.optimizer.kind->name);
  return "";
}
constexpr const char *kMomentum = "--momentum", *kEpsilonForm = "--epsilon-form";

// "adam, sgd"
std::string optimizer_names() {
  std::string names;
  for (const OptimizerKind& kind : optimizer_kinds()) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

std::vector<Option> optimizer_rows(const std::string& group) {
  return {
      {.flag = "--optimizer",
       .field = "optimizer",
       .group = group,
       .help = optimizer_names(),
       .value = parsed(
           "NAME", FIELD(optimizer.kind), [](std::string_view given) { return &find_optimizer(given); },
           [](const OptimizerKind* const& kind) { return std::string(kind->name); }),
       .heading = "Optimizer",
       .report = [](const TrainConfig& c) { return c.optimizer.kind->describe(c.optimizer); }},
      {.flag = kEpsilonForm,
       .field = "epsilon_form",
       .group = group,
       .help = "epsilon of Adam: keras (1e-7, outside the bias correction) or pytorch (1e-8, inside)",
       .value = one_of(FIELD(optimizer.epsilon_form),
                       {{"keras", EpsilonForm::keras}, {"pytorch", EpsilonForm::pytorch}}),
       .idle = not_of_optimizer<kEpsilonForm>},
      {.flag = kMomentum,
       .field = "momentum",
       .group = group,
       .help = "momentum of sgd",
       .value = number(FIELD(optimizer.momentum), 0.f, 1.f),
       .idle = not_of_optimizer<kMomentum>},
      {.flag = "--l2",
       .field = "l2",
       .group = group,
       .help = "L2 penalty: adds L2 * w to the gradient (PyTorch's weight_decay of Adam and SGD)",
       .value = number(FIELD(optimizer.l2), 0.f, 1e38f),
       .heading = "Optimizer",
       .report = [](const TrainConfig& c) { return share<&OptimizerOptions::l2>(c, "L2"); }},
      {.flag = "--weight-decay",
       .field = "weight_decay",
       .group = group,
       .help = "decoupled, as in AdamW: w -= lr * WEIGHT_DECAY * w before each step",
       .value = number(FIELD(optimizer.weight_decay), 0.f, 1e38f),
       .heading = "Optimizer",
       .report =
           [](const TrainConfig& c) {
             return share<&OptimizerOptions::weight_decay>(c, "decoupled weight decay");
           }},
      {.flag = "--clip-norm",
       .field = "clip_norm",
       .group = group,
       .help = "clip the global norm of the gradients to this value (0: off)",
       .value = number(FIELD(optimizer.clip_norm), 0.f, 1e38f),
       .heading = "Optimizer",
       .report =
           [](const TrainConfig& c) { return share<&OptimizerOptions::clip_norm>(c, "gradients clipped to"); }},
  };
}

}  // namespace

std::vector<Option> training_rows() {
  const std::string group = "Training";
  std::vector<Option> rows = optimizer_rows(group);
  const std::vector<Option> others = {
      {.flag = "--label-smoothing",
       .field = "label_smoothing",
       .group = group,
       .help = "fraction of the target that is spread evenly over all classes",
       .value = number(FIELD(loss.label_smoothing), 0.f, 0.999f),
       .heading = "Label smoothing",
       .report =
           [](const TrainConfig& c) {
             return c.loss.label_smoothing > 0 ? fmt::format("{:g}", c.loss.label_smoothing) : "";
           }},
      {.flag = "--class-weights",
       .field = "class_weights",
       .group = group,
       .help =
           "weights of the loss by class: none, balanced (rare classes count more), or a CSV file of class,weight",
       .value = parsed("CHOICE", FIELD(loss.class_weights), parse_class_weights, text_of)},
      {.flag = "--seed",
       .field = "seed",
       .group = group,
       .help = "the same seed gives the same bits",
       .value = number(FIELD(run.seed), 0, UINT64_MAX),
       .heading = "Seed",
       .report = [](const TrainConfig& c) { return std::to_string(c.run.seed); }},
      {.flag = "--calibrate",
       .field = "calibrate",
       .group = group,
       .help =
           "calibrate the probabilities: divide the last layer by a temperature fitted on the validation images",
       .value = flag(FIELD(run.calibrate))},
  };
  rows.insert(rows.end(), others.begin(), others.end());
  return rows;
}

}  // namespace graft
