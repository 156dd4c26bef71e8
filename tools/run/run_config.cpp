#include "tools/run/run_config.h"

#include <algorithm>

#include "engine/base/atomic_file.h"
#include "engine/base/json_values.h"
#include "engine/base/printable.h"
#include "tools/options/advice.h"
#include "tools/options/config_json.h"
#include "tools/run/run_file.h"
#include "tools/version.h"

namespace graft {
namespace {

using nlohmann::json;
constexpr int kFormat = 1;

// Fields that earlier versions did not write, which the record has. (Others may be missing: their rows say so.)
constexpr const char* kOfRecord[] = {"model",      "image_size", "head", "dropout", "precision",
                                     "preprocess", "resize",     "fit",  "range",   "exif"};

// Fills in the fields that runs of earlier versions lack, from the model's record or from what those versions
// did. Either all of them are missing or none.
void complete(json& training, const ModelRecord& record) {
  const auto has = [&](const char* field) { return training.contains(field); };
  if (has("monitor") || std::ranges::any_of(kOfRecord, has)) return;
  const TrainConfig defaults;
  json known = to_json(defaults);
  known["model"] = record.architecture.trunk, known["image_size"] = record.architecture.image_size;
  known["head"] = record.architecture.head, known["dropout"] = record.architecture.dropout;
  known["precision"] = name(record.precision);
  const Preprocess& p = record.preprocess;
  const std::vector<std::string> presets = preprocess_names();
  known["preprocess"] = std::ranges::count(presets, p.name) > 0 ? p.name : "auto";
  known["resize"] = name(p.interpolation), known["fit"] = name(p.fit);
  known["exif"] = name(p.exif);
  known["range"] = p.levels ? fmt::format("{},{}", p.levels->low, p.levels->high) : "";
  for (const char* field : kOfRecord) training[field] = known.at(field);
  if (has("watched")) training["monitor"] = training.at("watched"), training.erase("watched");
}

// The options must agree with the model's record.
void require_agreement(const TrainConfig& options, const ModelRecord& record) {
  const ModelConfig &asked = options.model.network, &made = record.architecture;
  const PreprocessChoice& choice = options.data.preprocess;
  const Preprocess& done = record.preprocess;
  const struct {
    const char* field;
    bool agrees;
  } table[] = {
      {"model", asked.trunk == made.trunk},
      {"image_size", asked.image_size == made.image_size},
      {"head", asked.head == made.head},
      {"dropout", asked.dropout == made.dropout},
      {"precision", options.model.precision == record.precision},
      {"preprocess", choice.preset == "auto" || choice.preset == done.name},
      {"resize", !choice.resize || *choice.resize == done.interpolation},
      {"fit", !choice.fit || *choice.fit == done.fit},
      {"range", !choice.levels || choice.levels == done.levels},
      {"exif", !choice.exif || *choice.exif == done.exif},
  };
  for (const auto& [field, agrees] : table)
    if (!agrees) fail(Fault::data, "'{}' differs from the record of the model", field);
}

std::vector<float> class_weights_from_json(const json& j, size_t classes) {
  std::vector<float> weights;
  read_value(j, "class_weight_values", weights);
  if (!weights.empty() && weights.size() != classes)
    fail(Fault::data, "'class_weight_values' has {} values for {} classes", weights.size(), classes);
  for (const float w : weights)
    if (!(w > 0 && w <= 1e38f)) fail(Fault::data, "'class_weight_values' has an impossible value");
  return weights;
}

json to_json(const RunChanges& changes) {
  json epochs = json::array();
  for (const EarlierPlan& p : changes.epochs)
    epochs.push_back({{"epochs", p.epochs}, {"done", p.done}, {"test_scored", p.test_scored}});
  return {{"epochs_were", epochs}, {"data_was", changes.data}};
}

RunChanges changes_from_json(const json& j) {
  RunChanges changes;
  for (const json& p : j.at("epochs_were"))
    changes.epochs.push_back(
        {value_at<int>(p, "epochs"), value_at<int>(p, "done"), value_at<int>(p, "test_scored")});
  changes.data = value_at<std::vector<std::string>>(j, "data_was");
  return changes;
}

template <class C, class F>
void each_architecture_field(C& c, F&& field) {
  field("trunk", c.trunk);
  field("image_size", c.image_size);
  field("head", c.head);
  field("dropout", c.dropout);
  field("classes", c.classes);
}

void require_known(const json& j, std::initializer_list<std::string_view> known,
                   const std::filesystem::path& source) {
  for (const auto& [field, value] : j.items())
    if (std::ranges::find(known, std::string_view(field)) == known.end())
      fail(Fault::data, "{}: '{}' is a field unknown to this program", printable(source), printable(field));
}

// A network that the command line would reject is an error of the file here.
void read_architecture(const json& j, ModelConfig& architecture, const std::filesystem::path& source) {
  each_architecture_field(architecture, [&](const char* name, auto& value) { read_at(j, name, value); });
  try {
    const Model possible(architecture);  // allocates no values
  } catch (const Error& e) {
    fail(Fault::data, e.advice(), "{}: its record is wrong: {}", printable(source), printable(e.what()));
  }
}

// Models of earlier versions lack this field; they computed everything in f32.
void read_compute(const json& j, ModelRecord& r, const std::filesystem::path& source) {
  const auto precision = j.at("precision").get<std::string>();
  try {
    r.precision = parse_precision(precision);
  } catch (const Error& e) {
    // An error of the file, not of the command line.
    fail(Fault::data, e.advice(), "{}: its record is wrong: {}", printable(source), printable(e.what()));
  }
  j.at("trained_from").get_to(r.first_trained_layer);
}

}  // namespace

int frozen_layers(const Model& model, const ModelRecord& record, Precision precision) {
  if (precision != Precision::bf16 || record.first_trained_layer.empty()) return model.trunk_end();
  for (int i = 0; i < model.depth(); ++i)
    if (model.layers()[i].name == record.first_trained_layer) return std::min(i, model.trunk_end());
  fail(Fault::data, "the model's record names a layer '{}' that {} does not have",
       printable(record.first_trained_layer), record.architecture.trunk);
}

json to_json(const ModelRecord& r) {
  json model = {{"format", kFormat}, {"program", std::string("graft ") + kVersion}};
  each_architecture_field(r.architecture,
                          [&](const char* name, const auto& value) { model["architecture"][name] = value; });
  model["classes"] = r.classes;
  model["preprocess"] = to_json(r.preprocess);
  model["weights"] = {{"name", r.weights.name}, {"sha256", r.weights.sha256}};
  model["compute"] = {{"precision", name(r.precision)}, {"trained_from", r.first_trained_layer}};
  return model;
}

ModelRecord model_record_from_json(const json& j, const std::filesystem::path& source) {
  try {
    if (j.at("format") != kFormat)
      fail(Fault::data, "{}: its record has format {}, this program reads {}; use the program that wrote it",
           printable(source), printable(j.at("format").dump()), kFormat);
    require_known(j, {"format", "program", "architecture", "classes", "preprocess", "weights", "compute"}, source);
    ModelRecord r;
    read_architecture(j.at("architecture"), r.architecture, source);
    j.at("classes").get_to(r.classes);
    r.preprocess = preprocess_from_json(j.at("preprocess"));
    j.at("weights").at("name").get_to(r.weights.name);
    j.at("weights").at("sha256").get_to(r.weights.sha256);
    if (j.contains("compute")) read_compute(j.at("compute"), r, source);
    if (int(r.classes.size()) != r.architecture.classes || r.preprocess.size != r.architecture.image_size)
      fail(Fault::data, "{}: its record contradicts itself ({} class names for {} classes, images of {} for {})",
           printable(source), r.classes.size(), r.architecture.classes, r.preprocess.size,
           r.architecture.image_size);
    if (std::set(r.classes.begin(), r.classes.end()).size() != r.classes.size())
      fail(Fault::data, "{}: its record is wrong: it names a class twice", printable(source));
    return r;
  } catch (const json::exception& e) {
    fail(Fault::data, "{}: its record cannot be read: {}", printable(source), printable(e.what()));
  }
}

std::string describe(const Preprocess& p) {
  const auto triple = [](const std::array<float, 3>& v) {
    return fmt::format("({:g}, {:g}, {:g})", v[0], v[1], v[2]);
  };
  std::string text =
      fmt::format("{}: {}x{} ({}, {}), {}", printable(p.name), p.size, p.size,
                  p.fit == Fit::crop ? fmt::format("short side {}, centre crop", p.short_side) : "stretch",
                  name(p.interpolation), p.bgr ? "BGR" : "RGB");
  if (p.scale != 1) text += fmt::format(" / {:g}", 1 / p.scale);
  if (p.mean != std::array<float, 3>{}) text += " - " + triple(p.mean);
  if (p.stddev != std::array<float, 3>{1, 1, 1}) text += " over " + triple(p.stddev);
  if (p.exif == Exif::apply) text += "; rotated by EXIF";
  if (p.levels) text += fmt::format("; beyond 8 bits {} to {}", p.levels->low, p.levels->high);
  return text;
}

std::string dump(const json& j) {
  try {
    return j.dump(2) + "\n";
  } catch (const json::exception&) {
    fail(Fault::data,
         "a class or file name is not UTF-8 and cannot be stored; rename the folder, or link to it under "
         "another name in a folder elsewhere");
  }
}

void write_run_config(const std::filesystem::path& run, const RunConfig& config) {
  json training = to_json(config.options);
  training["class_weight_values"] = config.class_weights;
  write_file(run / "config.json", dump({{"model", to_json(config.model)},
                                        {"training", training},
                                        {"inputs",
                                         {{"head_weights", config.inputs.head_weights},
                                          {"group_by", config.inputs.group_by},
                                          {"labels", config.inputs.labels}}},
                                        {"changes", to_json(config.changes)}}));
}

RunConfig read_run_config(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "config.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error)
    fail(Fault::data, "{}: not a run folder, it contains no config.json", printable(run));
  return read_config_file(path);
}

RunConfig read_config_file(const std::filesystem::path& path) {
  const auto stored = read_run_json(path);
  if (!stored) fail(Fault::data, "{}: no such file", printable(path));
  try {
    const json& j = *stored;
    require_known(j, {"model", "training", "inputs", "changes"}, path);
    RunConfig config{.model = model_record_from_json(j.at("model"), path),
                     .options = {},
                     .class_weights = {},
                     .inputs = {},
                     .changes = {}};
    if (j.contains("inputs")) {
      require_known(j.at("inputs"), {"head_weights", "group_by", "labels"}, path);
      j.at("inputs").at("head_weights").get_to(config.inputs.head_weights);
      j.at("inputs").at("group_by").get_to(config.inputs.group_by);
      config.inputs.labels = j.at("inputs").value("labels", "");
    }
    if (j.contains("changes")) config.changes = changes_from_json(j.at("changes"));
    json training = j.at("training");
    try {
      config.class_weights =
          class_weights_from_json(training.at("class_weight_values"), config.model.classes.size());
      training.erase("class_weight_values");
      complete(training, config.model);
      config.options = train_config_from_json(training);
      require_agreement(config.options, config.model);
    } catch (const Error& e) {
      fail(e.fault(), e.advice(), "{}: {}; restore the file", printable(path), e.what());
    }
    config.options.model.network.classes = config.model.architecture.classes;
    return config;
  } catch (const json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  }
}

void throw_of_config(const Error& error, const OptionSource& source, std::initializer_list<const char*> flags) {
  const bool is_of_command =
      std::ranges::any_of(flags, [&](const char* flag) { return source.given.contains(flag); });
  if (error.fault() != Fault::usage || source.file.empty() || is_of_command) throw error;
  fail(Fault::data, "{}: {}; {}", printable(source.file), with_advice(error), source.cure);
}

}  // namespace graft
