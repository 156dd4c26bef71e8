#include "weights/keras/keras_layouts.h"

#include <algorithm>
#include <map>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

using Names = std::vector<std::string>;
using Texts = std::optional<Names>;

std::string joined(const std::string& a, const std::string& b) { return a.empty() ? b : a + "/" + b; }
std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}
std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
}

// A list of names. Keras splits lists of more than 64 KiB: layer_names0, layer_names1, ...
Texts name_list(const H5File& file, const std::string& group, const std::string& attribute) {
  Texts names = file.texts(group, attribute);
  for (int part = 0; !names || part > 0; ++part) {
    const Texts more = file.texts(group, attribute + std::to_string(part));
    if (!more) break;
    if (!names) names.emplace();
    names->insert(names->end(), more->begin(), more->end());
  }
  return names;
}

std::string first_text(const H5File& file, const std::string& group, const std::string& attribute) {
  const Texts texts = file.texts(group, attribute);
  return texts && texts->size() == 1 ? texts->front() : "";
}

// The group that has layer_names: the root, or in a whole model that of the weights.
std::string names_root(const H5File& file) { return file.has_group("model_weights") ? "model_weights" : ""; }

// ---- Keras 1, Keras 2 and the legacy format of Keras 3: lists of names -----------------------------------------

// "block1_conv1_W_1:0" -> {"block1_conv1", kernel}, "vgg/block1_conv1/bias:0" -> {"block1_conv1", bias}.
struct WeightName {
  std::string layer;  // empty if the name has no layer
  enum { kernel, bias, unknown } role = unknown;
};
WeightName parse_weight_name(std::string name) {
  if (const size_t colon = name.rfind(':'); colon != std::string::npos && all_digits(name.substr(colon + 1)))
    name.resize(colon);
  const std::string last = last_of(name);
  const std::string layer = last_of(parent_of(name));
  if (last == "kernel") return {layer, WeightName::kernel};
  if (last == "bias") return {layer, WeightName::bias};
  std::string stem = last;  // Keras 1: <layer>_W or <layer>_W_1
  if (const size_t tail = stem.rfind('_'); tail != std::string::npos && all_digits(stem.substr(tail + 1)))
    stem.resize(tail);
  if (stem.ends_with("_W")) return {stem.substr(0, stem.size() - 2), WeightName::kernel};
  if (stem.ends_with("_b")) return {stem.substr(0, stem.size() - 2), WeightName::bias};
  return {layer, WeightName::unknown};
}

void put(StoredLayer& layer, const WeightName& name, const H5Dataset& dataset) {
  const bool bias = name.role == WeightName::bias || (name.role == WeightName::unknown && dataset.dims.size() == 1);
  const H5Dataset*& place = bias ? layer.bias : layer.kernel;
  if (!place) place = &dataset;
}

// A group of the file is a layer, or a model used as a layer, whose weights then name their own layers.
void read_group(const H5File& file, const std::string& root, const std::string& name, StoredModel& model) {
  const std::string group = joined(root, name);
  if (!file.has_group(group))
    fail(Fault::weights, "{}: damaged: it lists layer {} and has no such group; get it again",
         printable(file.path()), printable(name));
  const Texts weights = name_list(file, group, "weight_names");
  if (!weights) return;
  std::vector<StoredLayer> layers;
  for (const std::string& weight : *weights) {
    const H5Dataset* dataset = file.find(joined(group, weight));
    if (!dataset)
      fail(Fault::weights, "{}: damaged: layer {} lists weight {} and has no such dataset; get it again",
           printable(file.path()), printable(name), printable(weight));
    const WeightName parsed = parse_weight_name(weight);
    const std::string own = parsed.layer.empty() ? name : parsed.layer;
    auto at = std::find_if(layers.begin(), layers.end(), [&](const auto& l) { return l.names.front() == own; });
    if (at == layers.end())
      at = layers.insert(at, {.group = group, .names = {own}, .name_attribute = {}, .sequence = {}});
    put(*at, parsed, *dataset);
  }
  // One layer in the group: TensorFlow 1 called the weights of a second instance "block1_conv1_1/kernel:0".
  if (layers.size() == 1 && layers[0].names[0] != name) layers[0].names.insert(layers[0].names.begin(), name);
  std::move(layers.begin(), layers.end(), std::back_inserter(model.layers));
}

std::string legacy_layout(const H5File& file, const std::string& root) {
  const std::string version = first_text(file, root, "keras_version");
  const std::string generation = version.starts_with("3")   ? "Keras 3 legacy"
                                 : version.starts_with("2") ? "Keras 2"
                                                            : "Keras 1";
  return generation + (root.empty() ? "" : " whole model");
}

StoredModel read_legacy(const H5File& file, const std::string& root, const Names& layer_names) {
  StoredModel model{.layout = legacy_layout(file, root)};
  for (const std::string& name : layer_names) read_group(file, root, name, model);
  if (first_text(file, root, "backend") == "theano") model.rotated = "its attribute `backend` is theano";
  if (file.path().filename().string().find("th_kernels") != std::string::npos)
    model.rotated = "its name has th_kernels";
  const std::string config = first_text(file, "", "model_config");
  for (const char* sign : {"\"channels_first\"", "\"dim_ordering\": \"th\""})
    if (config.find(sign) != std::string::npos) model.channels_first = fmt::format("its model_config has {}", sign);
  return model;
}

// ---- Keras 3: <class>[_k]/vars/0, 1, ... -----------------------------------------------------------------------

// "layers/conv2d_3" -> {"layers/conv2d", 3}
std::pair<std::string, long> without_number(std::string name) {
  const size_t tail = name.rfind('_');
  if (tail == std::string::npos || name.size() - tail >= 10 || !all_digits(name.substr(tail + 1))) return {name, 0};
  const long number = std::stol(name.substr(tail + 1));
  return {name.substr(0, tail), number};
}

// Order of conv2d, conv2d_1, conv2d_2, ..., conv2d_10: by class, then by number, part by part of the path.
std::vector<std::pair<std::string, long>> natural_key(const std::string& path) {
  std::vector<std::pair<std::string, long>> key;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    key.push_back(without_number(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return key;
}

StoredModel read_keras3(const H5File& file) {
  StoredModel model{.layout = "Keras 3 .weights.h5"};
  for (const std::string& vars : file.groups()) {
    const std::string group = parent_of(vars);
    if (last_of(vars) != "vars" || group.empty() || vars.starts_with("optimizer/")) continue;
    const H5Dataset *first = file.find(vars + "/0"), *second = file.find(vars + "/1");
    if (!first) continue;
    model.layers.push_back({.group = group,
                            .names = {last_of(group)},
                            .name_attribute = first_text(file, vars, "name"),
                            .sequence = without_number(group).first,
                            .kernel = first,
                            .bias = second});
  }
  std::sort(model.layers.begin(), model.layers.end(),
            [](const auto& a, const auto& b) { return natural_key(a.group) < natural_key(b.group); });
  return model;
}

bool is_keras3(const H5File& file) {
  return file.has_group("layers") || file.has_group("_layer_checkpoint_dependencies");
}

}  // namespace

std::string layout_name(const H5File& file) {
  const std::string root = names_root(file);
  if (name_list(file, root, "layer_names")) return legacy_layout(file, root);
  return is_keras3(file) ? "Keras 3 .weights.h5" : "HDF5, not of Keras";
}

StoredModel read_layout(const H5File& file) {
  const std::string root = names_root(file);
  if (const Texts names = name_list(file, root, "layer_names")) return read_legacy(file, root, *names);
  if (is_keras3(file)) return read_keras3(file);
  fail(Fault::weights, Advice{"inspect", {printable(file.path())}},
       "{}: HDF5, but no Keras weights (no layer_names and no group `layers`)", printable(file.path()));
}

}  // namespace graft
