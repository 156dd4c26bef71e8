#include "tools/train/setup.h"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/image/depth.h"
#include "engine/init.h"
#include "tools/run/output_folder.h"
#include "tools/run/run_digests.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/terminal.h"
#include "tools/train/class_order.h"
#include "weights/download.h"

namespace graft {

std::filesystem::path download_weights(const OfficialFile& file, const std::string& mirror) {
  constexpr uint64_t kMega = 1000000;
  std::optional<Progress> progress;  // from what an earlier download has left
  return get_weights(file, {.mirror = mirror, .progress = [&](uint64_t bytes) {
                              const auto done = int64_t(bytes / kMega);
                              if (!progress)
                                progress.emplace(file.name, int64_t(file.bytes / kMega),
                                                 ProgressOptions{.unit = "MB", .first = done});
                              progress->update(done);
                            }});
}

std::optional<std::filesystem::path> find_weights_file(const TrainOptions& o) {
  if (o.weights == "none") return {};
  if (o.weights != "auto") {
    std::error_code error;  // a folder that may not be entered, a name that is too long
    if (!std::filesystem::exists(o.weights, error))
      fail(Fault::weights, "--weights {}: {}; it may be auto, none or a .h5 file", printable(o.weights),
           error ? error.message() : "there is no such file");
    return o.weights;
  }
  const bool top = o.head == "imagenet";
  const OfficialFile* official = find_official(o.model, top);
  if (!official)
    fail(Fault::weights,
         "there are no official Keras weights for {}; give --weights FILE (vgg-finetune weights convert makes one "
         "from "
         "torchvision's), or --weights none to start from random ones",
         o.model);
  if (const auto cached = find_weights(o.model, top)) return cached;
  print_info("ImageNet weights of {} are not in {}: getting them\n", o.model, printable(cache_folder()));
  flush_output();
  return download_weights(*official);
}

namespace {

// That of a file's record, for images of this size.
Preprocess stored_preprocess(const nlohmann::json& stored, int image_size, const std::filesystem::path& file) {
  try {
    Preprocess p = preprocess_from_json(stored);
    p.short_side = int(std::lround(double(p.short_side) * image_size / p.size));
    p.size = image_size;
    return preprocess_from_json(to_json(p));  // at this size too it has to be possible
  } catch (const Error& e) {
    fail(e.fault(), "{}: its record is wrong: {}; --preprocess names another", printable(file), e.what());
  }
}

}  // namespace

Preprocess choose_preprocess(const TrainOptions& o, const std::optional<std::filesystem::path>& weights) {
  Preprocess chosen = preprocess_preset("keras-caffe", o.image_size);
  const auto record = weights ? read_record(*weights) : std::nullopt;
  if (o.preprocess != "auto")
    chosen = preprocess_preset(o.preprocess, o.image_size);
  else if (record && record->contains("preprocess"))
    chosen = stored_preprocess(record->at("preprocess"), o.image_size, *weights);
  if (!o.resize.empty()) chosen.interpolation = parse_interpolation(o.resize);
  if (!o.fit.empty()) chosen.fit = parse_fit(o.fit);
  if (const auto levels = parse_levels(o.bits, o.range)) chosen.levels = levels;
  return chosen;
}

namespace {

void load_head(std::vector<Parameter*>& head, const std::filesystem::path& file,
               const std::vector<std::string>& classes) {
  const ClassOrder order = find_class_order(file, classes);
  const LoadReport report = load_keras_h5(file, head);
  for (Parameter* p : {head[head.size() - 2], head.back()}) reorder_columns(*p, order.column);
  print_info("head: {} ({}, sha256 {}): {} tensors\n", printable(file), report.layout,
             sha256_file(file).substr(0, 16), report.matches.size());
  for (const std::string& note : order.notes) print_note("{}", note);
}

}  // namespace

WeightsOrigin initialise(Vgg& model, const std::optional<std::filesystem::path>& weights, const TrainOptions& o,
                         const std::vector<std::string>& classes) {
  std::vector<Parameter*> from_file = model.trunk_parameters(), fresh = model.head_parameters();
  if (!o.head_weights.empty()) {
    load_head(fresh, o.head_weights, classes);
    fresh.clear();
  } else if (model.config().head == "imagenet" && weights) {  // fc1 and fc2 come along, the last layer is new
    from_file.insert(from_file.end(), fresh.begin(), fresh.end() - 2);
    fresh.erase(fresh.begin(), fresh.end() - 2);
  }
  for (Parameter* p : fresh)
    if (p->shape.rank() == 2)
      (o.head_init == "glorot" ? glorot_uniform : fan_in_uniform)(*p, o.seed);  // biases: zero
  if (!weights) {
    for (Parameter* p : from_file)
      if (p->shape.rank() == 4) he_normal(*p, o.seed);
    print_info(
        "weights: none. The trunk starts from random numbers (He): this is not transfer learning, expect a much "
        "lower "
        "accuracy\n");
    return {"none", ""};
  }
  const LoadReport report = load_keras_h5(*weights, from_file);
  const std::string sha256 = sha256_file(*weights);
  print_info("weights: {} ({}, sha256 {}): {} tensors", printable(*weights), report.layout, sha256.substr(0, 16),
             report.matches.size());
  for (const char* rule : {"name", "name attribute", "order and shape"}) {
    const auto same = [&](const Match& m) { return m.rule == rule; };
    if (const auto count = std::count_if(report.matches.begin(), report.matches.end(), same))
      print_info(", {} matched by {}", count, rule);
  }
  print_info("\n");
  for (const std::string& note : report.notes) print_note("{}", note);
  return {weights->filename().string(), sha256};
}

TrainedFile open_trained(const std::filesystem::path& run) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::is_directory(run, error) ? run / "model.h5" : run;
  if (!std::filesystem::exists(path, error) && !error)
    fail(Fault::data, "{}: there is no model.h5 in it; has the run finished? (vgg-finetune train --resume {})",
         printable(run), printable(run));
  require_unchanged(model_folder(run), {path.filename().string(), "config.json"});
  auto file = std::make_unique<KerasFile>(path);
  if (!file->record())
    fail(Fault::weights,
         "{}: a weights file, but not a model that vgg-finetune trained (it has no record of classes)",
         printable(path));
  ModelRecord record = model_record_from_json(*file->record(), path);
  return {std::move(record), std::move(file)};
}

TrainedModel load_trained(TrainedFile opened, Device& device, std::string_view unfreeze) {
  TrainedModel trained{std::move(opened.record), nullptr};
  trained.model = std::make_unique<Vgg>(trained.record.vgg);
  std::vector<Parameter*> all = trained.model->trunk_parameters();
  for (Parameter* p : trained.model->head_parameters()) all.push_back(p);
  opened.file->require_fit(all);
  trained.model->unfreeze(unfreeze, device);
  opened.file->load(all);
  return trained;
}

}  // namespace graft
