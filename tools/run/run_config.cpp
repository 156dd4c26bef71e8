#include "tools/run/run_config.h"

#include <set>

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "engine/data/augment.h"
#include "engine/schedule.h"
#include "tools/run/run_file.h"
#include "tools/version.h"

namespace graft {
namespace {

using nlohmann::json;
constexpr int kFormat = 1;

// Options that a resumed run takes from config.json: all that its bits depend on. Threads and device may differ.
template <class O, class F>
void each_option(O& o, F&& field) {
  field("preset", o.preset);
  field("weights", o.weights);
  field("head_init", o.head_init);
  field("head_weights", o.head_weights);
  field("unfreeze", o.unfreeze);
  field("optimizer", o.optimizer);
  field("epsilon_form", o.epsilon_form);
  field("learning_rate", o.learning_rate);
  field("l2", o.l2);
  field("weight_decay", o.weight_decay);
  field("clip_norm", o.clip_norm);
  field("schedule", o.schedule);
  field("lr_mult", o.lr_mult);
  field("warmup_steps", o.warmup_steps);
  field("warmup_epochs", o.warmup_epochs);
  field("finetune_lr", o.finetune_lr);
  field("label_smoothing", o.label_smoothing);
  field("class_weights", o.class_weights);
  field("class_weight_values", o.class_weight_values);
  field("patience", o.patience);
  field("watched", o.watched);
  field("keep", o.keep);
  field("momentum", o.momentum);
  field("batch", o.batch);
  field("epochs", o.epochs);
  field("steps_per_epoch", o.steps_per_epoch);
  field("seed", o.seed);
  field("exclude", o.rules.exclude);
  field("only", o.rules.only);
  field("labels", o.rules.labels);
  field("on_bad_image", o.on_bad_image);
  field("cache", o.cache);
  field("cache_precision", o.cache_precision);
  field("cache_dir", o.cache_dir);
  field("augment", o.augment);
  field("augment_views", o.augment_views);
  field("group_by", o.group_by);
  field("allow_group_overlap", o.allow_group_overlap);
  field("calibrate", o.calibrate);
  field("log_steps", o.log_steps);
  field("positive", o.positive);
  field("checkpoint_steps", o.checkpoint_steps);
  field("checkpoint_minutes", o.checkpoint_minutes);
  field("keep_checkpoint", o.keep_checkpoint);
  field("private", o.hide_names);
  field("kernels", o.compute.kernels);
}

// What the command line refuses, a config.json may not bring in either.
void check(const TrainOptions& o, const std::filesystem::path& source) {
  const auto demand = [&](bool good, const char* field) {
    if (!good) fail(Fault::data, "{}: '{}' has an impossible value; restore the file", printable(source), field);
  };
  const auto number = [](float v) { return v >= 0 && v <= 1e38f; };  // false for NaN
  demand(o.batch >= 1, "batch"), demand(o.epochs >= 1, "epochs"), demand(o.steps_per_epoch >= 0, "steps_per_epoch");
  demand(number(o.learning_rate), "learning_rate"), demand(number(o.l2), "l2");
  demand(number(o.momentum) && o.momentum <= 1, "momentum");
  demand(o.optimizer == "adam" || o.optimizer == "sgd", "optimizer");
  demand(o.epsilon_form == "keras" || o.epsilon_form == "pytorch", "epsilon_form");
  demand(number(o.weight_decay), "weight_decay"), demand(number(o.clip_norm), "clip_norm");
  demand(number(o.finetune_lr), "finetune_lr"),
      demand(o.label_smoothing >= 0 && o.label_smoothing < 1, "label_smoothing");
  demand(o.warmup_steps >= 0, "warmup_steps"), demand(o.warmup_epochs >= 0, "warmup_epochs");
  demand(o.warmup_epochs < o.epochs, "warmup_epochs"), demand(o.patience >= 0, "patience");
  demand(o.watched == "val_loss" || o.watched == "val_accuracy", "watched"),
      demand(o.keep == "best" || o.keep == "last", "keep");
  demand(o.cache == "memory" || o.cache == "file" || o.cache == "off", "cache");
  demand(o.cache_precision == "f32" || o.cache_precision == "bf16", "cache_precision");
  for (const float w : o.class_weight_values) demand(w > 0 && number(w), "class_weight_values");
  demand(o.augment_views >= 0, "augment_views");
  demand(o.keep_checkpoint == "yes" || o.keep_checkpoint == "no", "keep_checkpoint");
  demand(o.checkpoint_steps >= 0, "checkpoint_steps"), demand(number(o.checkpoint_minutes), "checkpoint_minutes");
  try {
    demand(describe(parse_augment(o.augment)) == o.augment, "augment");
    demand(describe(parse_schedule(o.schedule)) == o.schedule, "schedule");
  } catch (const Error& e) {
    fail(Fault::data, "{}: {}; restore the file", printable(source), e.what());
  }
  demand(o.on_bad_image == "skip" || o.on_bad_image == "fail", "on_bad_image");
}

json training_json(const TrainOptions& o) {
  json training = {{"data", o.data.string()}};
  each_option(o, [&](const char* name, const auto& value) { training[name] = value; });
  return training;
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

// What the command line refuses of a network is here a mistake of the file.
void read_architecture(const json& j, ModelConfig& architecture, const std::filesystem::path& source) {
  each_architecture_field(architecture, [&](const char* name, auto& value) { read_at(j, name, value); });
  try {
    const Model possible(architecture);  // without memory for values
  } catch (const Error& e) {
    fail(Fault::data, "{}: its record is wrong: {}", printable(source), printable(e.what()));
  }
}

// Models of earlier programs have no such field: all was f32.
void read_compute(const json& j, ModelRecord& r, const std::filesystem::path& source) {
  const auto precision = j.at("precision").get<std::string>();
  try {
    r.precision = parse_precision(precision);
  } catch (const Error& e) {
    // A file's mistake, not one of the command line.
    fail(Fault::data, "{}: its record is wrong: {}", printable(source), printable(e.what()));
  }
  j.at("trained_from").get_to(r.trained_from);
}

}  // namespace

int frozen_layers(const Model& model, const ModelRecord& record, Precision precision) {
  if (precision != Precision::bf16 || record.trained_from.empty()) return model.trunk_end();
  for (int i = 0; i < model.depth(); ++i)
    if (model.layers()[i].name == record.trained_from) return std::min(i, model.trunk_end());
  fail(Fault::data, "the model's record names a layer '{}' that {} does not have", printable(record.trained_from),
       record.architecture.trunk);
}

json to_json(const ModelRecord& r) {
  json model = {{"format", kFormat}, {"program", std::string("graft ") + kVersion}};
  each_architecture_field(r.architecture,
                          [&](const char* name, const auto& value) { model["architecture"][name] = value; });
  model["classes"] = r.classes;
  model["preprocess"] = to_json(r.preprocess);
  model["weights"] = {{"name", r.weights.name}, {"sha256", r.weights.sha256}};
  model["compute"] = {{"precision", name(r.precision)}, {"trained_from", r.trained_from}};
  return model;
}

ModelRecord model_record_from_json(const json& j, const std::filesystem::path& source) {
  try {
    if (j.at("format") != kFormat)
      fail(Fault::data, "{}: its record has format {}, this program reads {}; use the program that wrote it",
           printable(source), printable(j.at("format").dump()), kFormat);
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
  if (p.levels) text += fmt::format("; beyond 8 bits {} to {}", p.levels->low, p.levels->high);
  return text;
}

std::string dump(const json& j) {
  try {
    return j.dump(2) + "\n";
  } catch (const json::exception&) {
    fail(Fault::data,
         "a class or file name is not UTF-8 and cannot be stored; rename the folder, or link it under "
         "another name in a folder elsewhere");
  }
}

void write_run_config(const std::filesystem::path& run, const RunConfig& config) {
  write_file(run / "config.json", dump({{"model", to_json(config.model)},
                                        {"training", training_json(config.options)},
                                        {"inputs",
                                         {{"head_weights", config.inputs.head_weights},
                                          {"group_by", config.inputs.group_by},
                                          {"labels", config.inputs.labels}}},
                                        {"changes", to_json(config.changes)}}));
}

RunConfig read_run_config(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "config.json";
  const auto stored = read_run_json(path);
  if (!stored) fail(Fault::data, "{}: not a run folder, there is no config.json in it", printable(run));
  try {
    const json& j = *stored;
    RunConfig config{
        .model = model_record_from_json(j.at("model"), path), .options = {}, .inputs = {}, .changes = {}};
    if (j.contains("inputs")) {
      j.at("inputs").at("head_weights").get_to(config.inputs.head_weights);
      j.at("inputs").at("group_by").get_to(config.inputs.group_by);
      config.inputs.labels = j.at("inputs").value("labels", "");
    }
    if (j.contains("changes")) config.changes = changes_from_json(j.at("changes"));
    json training = j.at("training");
    const json defaults = training_json({});
    for (const char* later : {"exclude", "only", "labels", "keep_checkpoint",
                              "private"})  // a run of an earlier program has no such field
      if (!training.contains(later)) training[later] = defaults.at(later);
    config.options.data = training.at("data").get<std::string>();
    each_option(config.options, [&](const char* name, auto& value) { read_at(training, name, value); });
    check(config.options, path);
    // Written again it must be the same: no field that we do not know, no 3.7 images in a batch.
    const json again = training_json(config.options);
    for (const auto& [name, value] : again.items())
      if (!value.is_number_float() && value != training.at(name))
        fail(Fault::data, "{}: '{}' is {}; restore the file", printable(path), name,
             printable(training.at(name).dump()));
    if (training.size() != again.size())
      fail(Fault::data, "{}: it has a field that this program does not know; restore the file", printable(path));
    return config;
  } catch (const json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  }
}

}  // namespace graft
