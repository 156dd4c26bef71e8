#include "weights/convert/torch_names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "weights/hdf5/h5_file.h"

namespace graft {
namespace {

constexpr std::string_view kWeight = ".weight", kFeatures = "features.", kWrapped = "features.module.";
constexpr size_t kBlocks = 5;  // of a VGG
using Names = std::vector<std::string>;

[[noreturn]] void not_a_vgg(const SafetensorsFile& file, const std::string& why) {
  fail(Fault::weights,
       "{}: {}; only VGG without batch normalisation under the names of torchvision or timm can be converted",
       file.name(), printable(why));
}

// "a, b, c and 7 more"
std::string shortened(Names names, size_t most) {
  const size_t more = names.size() > most ? names.size() - most : 0;
  names.resize(names.size() - more);
  for (std::string& name : names) name = printable(name);
  return fmt::format("{}{}", fmt::join(names, ", "), more ? fmt::format(" and {} more", more) : "");
}

// Whether the layer `key` exists and is valid; if not, why.
struct Found {
  TorchLayer layer;
  std::string why;
};
Found find_layer(const SafetensorsFile& file, const std::string& name, const std::string& key) {
  const SafeTensor *weight = file.find(key + ".weight"), *bias = file.find(key + ".bias");
  Found found{{name, weight, bias}, {}};
  if (!weight || !bias)
    found.why = fmt::format("{}.{} is missing", key, weight ? "bias" : "weight");
  else if (!weight->is_float() || !bias->is_float())
    found.why = key + " is not of floats";
  else if (std::ranges::count(weight->dims, 0) > 0)
    found.why = fmt::format("{} has a dimension of 0 [{}]", key, shape_text(weight->dims));
  else if (weight->dims.size() < 2 || bias->dims.size() != 1 || bias->dims[0] != weight->dims[0])
    found.why = key + " is no layer: weight and bias do not agree";
  return found;
}

// ---- where the trunk is ----------------------------------------------------------------------------------------

bool is_below(std::string_view stem, std::string_view end) {
  return stem == end || stem.ends_with("." + std::string(end));
}
bool is_features(std::string_view stem) { return is_below(stem, kFeatures) || is_below(stem, kWrapped); }

// The prefix before `features.`, which the head has, too.
std::string prefix_of(const std::string& stem) { return stem.substr(0, stem.rfind(kFeatures)); }

// The N of "<stem>N<tail>".
std::optional<int> number_of(std::string_view name, std::string_view stem, std::string_view tail) {
  if (!name.starts_with(stem) || !name.ends_with(tail) || name.size() <= stem.size() + tail.size()) return {};
  return parse_number<int>(name.substr(stem.size(), name.size() - stem.size() - tail.size()), 0);
}

// The prefix before "0.weight" where a trunk may start: torchvision's `features` after any prefix; if there is no
// such name, a convolution that takes the three channels of an image.
Names find_stems(const SafetensorsFile& file) {
  constexpr std::string_view kFirst = "0.weight";
  Names named, others;
  for (const SafeTensor& t : file.tensors()) {
    if (!t.name.ends_with(kFirst)) continue;
    const std::string stem = t.name.substr(0, t.name.size() - kFirst.size());
    const bool image = t.dims.size() == 4 && t.dims[1] == 3 && t.dims[2] == 3 && t.dims[3] == 3;
    if (is_features(stem))
      named.push_back(stem);
    else if (image && (stem.empty() || stem.ends_with('.')))
      others.push_back(stem);
  }
  return named.empty() ? others : named;
}

std::string find_stem(const SafetensorsFile& file) {
  const Names stems = find_stems(file);
  if (stems.size() == 1) return stems.front();
  Names names;
  if (stems.empty()) {
    for (const SafeTensor& t : file.tensors()) names.push_back(t.name);
    not_a_vgg(file, fmt::format("it has no features.0.weight (it has {})", shortened(names, 4)));
  }
  for (const std::string& stem : stems) names.push_back(stem + "*");
  fail(Fault::weights,
       "{}: several possible trunks: {}; "
       "write a file that has one of them (in Python: "
       "save_file({{k: v for k, v in load_file(FILE).items() if k.startswith('{}')}}, NEW))",
       file.name(), shortened(names, 6), printable(stems.back()));
}

// ---- its layers ------------------------------------------------------------------------------------------------

std::vector<int> layer_numbers(const SafetensorsFile& file, const std::string& stem) {
  std::vector<int> numbers;
  for (const SafeTensor& t : file.tensors()) {
    if (number_of(t.name, stem, ".running_mean")) not_a_vgg(file, "it has batch normalisation (" + t.name + ")");
    if (const auto number = number_of(t.name, stem, kWeight))
      numbers.push_back(*number);
    else if (is_features(stem) && t.name.starts_with(stem) && t.name.ends_with(kWeight))
      not_a_vgg(file, "a tensor is called " + t.name);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Names the convolutions; returns how many there are in each block.
std::vector<int> read_convolutions(const SafetensorsFile& file, TorchVgg& vgg) {
  std::vector<int> blocks{0};
  int64_t channels = 3;
  int expected = 0;
  for (int number : layer_numbers(file, vgg.stem)) {
    if (number == expected + 1 && expected > 0)
      blocks.push_back(0);
    else if (number != expected)
      not_a_vgg(file, fmt::format("{0}{1} stands where {0}{2} was expected", vgg.stem, number, expected));
    const std::string name = fmt::format("block{}_conv{}", blocks.size(), ++blocks.back());
    const Found found = find_layer(file, name, fmt::format("{}{}", vgg.stem, number));
    if (!found.why.empty()) not_a_vgg(file, found.why);
    const std::vector<int64_t>& dims = found.layer.weight->dims;  // [out, in, 3, 3]
    if (dims.size() != 4 || dims[1] != channels || dims[2] != 3 || dims[3] != 3)
      not_a_vgg(file, fmt::format("{}{} is not a 3x3 convolution of {} channels", vgg.stem, number, channels));
    vgg.convolutions.push_back(found.layer);
    channels = dims[0];
    expected = number + 2;
  }
  // Without the name `features` it may be part of a network with another layout.
  if (!is_features(vgg.stem) && blocks.size() != kBlocks)
    not_a_vgg(file, fmt::format("{}* has {} blocks of convolutions, VGG has {}", vgg.stem, blocks.size(), kBlocks));
  return blocks;
}

// All layers of a standard head, or nothing: custom heads have other layers.
void read_dense(const SafetensorsFile& file, TorchVgg& vgg) {
  if (!is_features(vgg.stem)) return;
  struct Family {
    Names keys, folders;
  };
  const Family families[] = {{{"classifier.0", "classifier.3", "classifier.6"}, {"classifier."}},
                             {{"pre_logits.fc1", "pre_logits.fc2", "head.fc"}, {"pre_logits.", "head."}}};
  const std::string prefix = prefix_of(vgg.stem);
  for (const Family& family : families) {
    std::vector<TorchLayer> dense;
    for (size_t i = 0; i < family.keys.size(); ++i) {
      constexpr const char* kNames[] = {"fc1", "fc2", "predictions"};
      const Found found = find_layer(file, kNames[i], prefix + family.keys[i]);
      if (found.why.empty()) dense.push_back(found.layer);
    }
    const auto tensors = std::ranges::count_if(file.tensors(), [&](const SafeTensor& t) {
      return std::ranges::any_of(family.folders,
                                 [&](const auto& folder) { return t.name.starts_with(prefix + folder); });
    });
    if (dense.size() == family.keys.size() && tensors == 2 * std::ssize(dense)) vgg.dense = std::move(dense);
  }
}

}  // namespace

std::string TorchVgg::prefix_note() const {
  if (stem == kFeatures) return {};
  if (is_below(stem, kFeatures)) return fmt::format("prefix '{}' taken off", printable(prefix_of(stem)));
  return fmt::format("'{0}0', '{0}2', ... read as features.0, features.2, ...", printable(stem));
}

TorchVgg read_torch_vgg(const SafetensorsFile& file) {
  TorchVgg vgg{.model = {}, .stem = find_stem(file), .convolutions = {}, .dense = {}};
  const std::vector<int> blocks = read_convolutions(file, vgg);
  const std::map<std::vector<int>, const char*> known = {{{1, 1, 2, 2, 2}, "vgg11"},
                                                         {{2, 2, 2, 2, 2}, "vgg13"},
                                                         {{2, 2, 3, 3, 3}, "vgg16"},
                                                         {{2, 2, 4, 4, 4}, "vgg19"}};
  const auto model = known.find(blocks);
  vgg.model = model == known.end() ? "a custom VGG" : model->second;
  read_dense(file, vgg);
  return vgg;
}

std::string other_tensors(const SafetensorsFile& file, const TorchVgg& vgg) {
  Names others;
  for (const SafeTensor& t : file.tensors())
    if (!number_of(t.name, vgg.stem, kWeight) && !number_of(t.name, vgg.stem, ".bias"))
      others.push_back(fmt::format("{} [{}]", t.name, shape_text(t.dims)));
  return shortened(others, 8);
}

}  // namespace graft
