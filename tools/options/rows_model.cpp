// Model options: the network and its initial weights.
#include "models/head.h"
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {
namespace {

WeightsChoice parse_weights(std::string_view given) {
  if (given == "auto") return {};
  if (given == "none") return {WeightsChoice::none, {}};
  return {WeightsChoice::file, absolute_path(given)};
}
std::string text_of(const WeightsChoice& w) {
  if (w.kind == WeightsChoice::file) return w.path.string();
  return w.kind == WeightsChoice::none ? "none" : "auto";
}

}  // namespace

std::vector<Option> model_rows() {
  const std::string group = "Model";
  return {
      {.flag = "--preset",
       .field = "preset",
       .group = group,
       .help =
           "tutorial: exactly what the Keras tutorial does (RGB/255, nearest, Glorot head, Adam 1e-4, 100 steps "
           "per epoch); other options override it",
       .value = one_of(FIELD(run.preset), {{"tutorial", "tutorial"}, {"", ""}}),
       .shows_default = false,
       .heading = "Preset",
       .report =
           [](const TrainConfig& c) {
             return c.run.preset.empty() ? ""
                                         : c.run.preset + "; other options may override it, as the other rows show";
           }},
      {.flag = "--model",
       .field = "model",
       .group = group,
       .help = trunk_names(),
       .value = text("NAME", FIELD(model.network.trunk))},
      {.flag = "--weights",
       .field = "weights",
       .group = group,
       .help = "auto (cache, else download), none, or a .h5 file in any Keras layout",
       .value = parsed("FILE", FIELD(model.weights), parse_weights, text_of),
       .may_change = true},
      {.flag = "--image-size",
       .field = "image_size",
       .group = group,
       .help = "side length of the model's input images, in pixels",
       .value = number(FIELD(model.network.image_size), 32, 1024)},
      {.flag = "--head",
       .field = "head",
       .group = group,
       .help = "flatten[:WIDTH...], gap[:WIDTH...] or imagenet (fc1, fc2 of ImageNet)",
       .value = text("HEAD", FIELD(model.network.head), [](const std::string& given) { parse_head(given); })},
      {.flag = "--head-init",
       .field = "head_init",
       .group = group,
       .help = "fan-in (uniform, 1/sqrt(inputs), as in PyTorch) or glorot (as in Keras)",
       .value = one_of(FIELD(model.head_init), {{"fan-in", HeadInit::fan_in}, {"glorot", HeadInit::glorot}}),
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.model.head_weights.empty() ? "" : "--head-weights sets all values of the head";
       }},
      {.flag = "--head-weights",
       .field = "head_weights",
       .group = group,
       .help = "initialise the head from this .h5 file of the same head or a whole model (from Keras, or a run's "
               "model.h5, whose columns are matched by class name)",
       .value = path("FILE", FIELD(model.head_weights)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--dropout",
       .field = "dropout",
       .group = group,
       .help = "dropout rate after each hidden layer of the head; without hidden layers, before its last layer",
       .value = number(FIELD(model.network.dropout), 0.f, 0.999f),
       .heading = "Dropout",
       .report =
           [](const TrainConfig& c) {
             return c.model.network.dropout > 0 ? fmt::format("{:g}", c.model.network.dropout) : "";
           }},
      {.flag = "--unfreeze",
       .field = "unfreeze",
       .group = group,
       .help = "none (the head only), block5, block4, ..., all, or from=LAYER: train it and all layers after it",
       .value = parsed("PART", FIELD(model.unfreeze), parse_trainable_from,
                       [](const TrainableFrom& from) { return to_string(from); }),
       .heading = "What trained",
       .report =
           [](const TrainConfig& c) {
             const std::string parts = describe_trained(c.model.unfreeze);
             const int warmup = c.schedule.warmup_epochs;
             if (warmup == 0) return parts;
             return fmt::format("two phases: {} the head alone; from epoch {} on {}",
                                warmup == 1 ? "epoch 1" : fmt::format("epochs 1 to {}", warmup), warmup + 1, parts);
           }},
  };
}

}  // namespace graft
