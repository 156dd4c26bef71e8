#include "tools/train/initial_weights.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/init.h"
#include "tools/run/output_folder.h"
#include "tools/run/run_digests.h"
#include "tools/train/class_order.h"
#include "weights/download.h"

namespace graft {

std::filesystem::path download_weights(const OfficialFile& file, const Observers& observers,
                                       const std::string& mirror) {
  constexpr uint64_t kMega = 1000000;
  std::optional<Progress> progress;  // starts where an earlier download stopped
  return get_weights(
      file, {.mirror = mirror, .progress = [&](uint64_t bytes) {
               const auto done = int64_t(bytes / kMega);
               if (!progress)
                 progress.emplace(
                     observers,
                     Work{.task = file.name, .total = int64_t(file.bytes / kMega), .unit = "MB", .first = done});
               progress->update(done);
             }});
}

std::optional<std::filesystem::path> find_weights_file(const ModelOptions& o, const Observers& observers) {
  if (o.weights.kind == WeightsChoice::none) return {};
  if (o.weights.kind == WeightsChoice::file) {
    std::error_code error;  // a folder without permission, a name that is too long
    if (!std::filesystem::exists(o.weights.path, error))
      fail(Fault::weights, "--weights {}: {}; give auto, none or a .h5 file", printable(o.weights.path),
           error ? error.message() : "no such file");
    return o.weights.path;
  }
  const std::string& trunk = o.network.trunk;
  const bool top = o.network.head == "imagenet";
  const OfficialFile* official = find_official(trunk, top);
  if (!official)
    fail(Fault::weights,
         "there are no official Keras weights for {}; give --weights FILE (vgg-finetune weights convert makes one "
         "from torchvision's), or --weights none for random initialisation",
         trunk);
  if (const auto cached = find_weights(trunk, top)) return cached;
  observers.info("ImageNet weights of {} are not in {}: downloading them", trunk, printable(cache_folder()));
  return download_weights(*official, observers);
}

namespace {

// The preprocessing in a file's record, adapted to this image size.
Preprocess stored_preprocess(const nlohmann::json& stored, int image_size, const std::filesystem::path& file) {
  try {
    Preprocess p = preprocess_from_json(stored);
    p.short_side = int(std::lround(double(p.short_side) * image_size / p.size));
    p.size = image_size;
    return preprocess_from_json(to_json(p));  // must be valid at this size, too
  } catch (const Error& e) {
    fail(e.fault(), e.advice(), "{}: its record is wrong: {}; give another with --preprocess", printable(file),
         e.what());
  }
}

}  // namespace

Preprocess choose_preprocess(const PreprocessChoice& choice, int image_size,
                             const std::optional<std::filesystem::path>& weights, const Observers& observers) {
  const auto record = weights ? read_record(*weights) : std::nullopt;
  const nlohmann::json theirs =
      record && record->contains("preprocess") ? record->at("preprocess") : nlohmann::json();
  Preprocess chosen = preprocess_preset("keras-caffe", image_size);
  if (choice.preset != "auto")
    chosen = preprocess_preset(choice.preset, image_size);
  else if (!theirs.is_null())
    chosen = stored_preprocess(theirs, image_size, *weights);
  if (theirs.is_object() && theirs.contains("name") && theirs.at("name") != chosen.name)
    observers.warning(
        "{}: these weights were trained with preprocessing {}, but {} is used here: expect a lower accuracy",
        printable(*weights), printable(theirs.at("name").dump()), chosen.name);
  if (choice.resize) chosen.interpolation = *choice.resize;
  if (choice.fit) chosen.fit = *choice.fit;
  if (choice.levels) chosen.levels = choice.levels;
  if (choice.exif) chosen.exif = *choice.exif;
  return chosen;
}

namespace {

void load_head(std::vector<Parameter*>& head, const std::filesystem::path& file,
               const std::vector<std::string>& classes, const Observers& observers) {
  const ClassOrder order = find_class_order(file, classes);
  const LoadReport report = load_keras_h5(file, head);
  for (Parameter* p : {head[head.size() - 2], head.back()}) reorder_columns(*p, order.column);
  observers.info("head: {} ({}, sha256 {}): {} tensors", printable(file), report.layout,
                 sha256_file(file).substr(0, 16), report.matches.size());
  for (const std::string& note : order.notes) observers.note("{}", note);
}

}  // namespace

WeightsOrigin initialise(Model& model, const std::optional<std::filesystem::path>& weights, const ModelOptions& o,
                         uint64_t seed, const std::vector<std::string>& classes, const Observers& observers) {
  std::vector<Parameter*> from_file = model.trunk_parameters(), fresh = model.head_parameters();
  if (!o.head_weights.empty()) {
    load_head(fresh, o.head_weights, classes, observers);
    fresh.clear();
  } else if (model.config().head == "imagenet" && weights) {  // only the last layer is new
    from_file.insert(from_file.end(), fresh.begin(), fresh.end() - 2);
    fresh.erase(fresh.begin(), fresh.end() - 2);
  }
  for (Parameter* p : fresh)
    if (p->shape.rank() == 2)
      (o.head_init == HeadInit::glorot ? glorot_uniform : fan_in_uniform)(*p, seed);  // biases: zero
  if (!weights) {
    for (Parameter* p : from_file)
      if (p->shape.rank() == 4) he_normal(*p, seed);
    observers.info(
        "weights: none. The trunk is initialised at random (He): this is not transfer learning, expect a much "
        "lower accuracy");
    return {"none", ""};
  }
  const LoadReport report = load_keras_h5(*weights, from_file);
  const std::string sha256 = sha256_file(*weights);
  std::string text = fmt::format("weights: {} ({}, sha256 {}): {} tensors", printable(*weights), report.layout,
                                 sha256.substr(0, 16), report.matches.size());
  for (const char* rule : {"name", "name attribute", "order and shape"}) {
    const auto same = [&](const Match& m) { return m.rule == rule; };
    if (const auto count = std::count_if(report.matches.begin(), report.matches.end(), same))
      text += fmt::format(", {} matched by {}", count, rule);
  }
  observers.info("{}", text);
  for (const std::string& note : report.notes) observers.note("{}", note);
  return {weights->filename().string(), sha256};
}

}  // namespace graft
