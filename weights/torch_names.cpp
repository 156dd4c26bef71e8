#include "weights/torch_names.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "kernels/api/error.h"

namespace graft {
namespace {

[[noreturn]] void not_a_vgg(const SafetensorsFile& file, const std::string& why) {
  fail(Fault::weights,
       "{}: {}; only VGG without batch normalisation under the names of torchvision or timm can be converted",
       file.name(), why);
}

TorchLayer layer(const SafetensorsFile& file, const std::string& name, const std::string& key) {
  const SafeTensor *weight = file.find(key + ".weight"), *bias = file.find(key + ".bias");
  if (!weight || !bias) not_a_vgg(file, fmt::format("{}.{} is missing", key, weight ? "bias" : "weight"));
  if (!weight->is_float() || !bias->is_float()) not_a_vgg(file, key + " is not of floats");
  if (weight->dims.size() < 2 || bias->dims.size() != 1 || bias->dims[0] != weight->dims[0])
    not_a_vgg(file, key + " is no layer: weight and bias do not agree");
  return {name, weight, bias};
}

// The N of every "features.N.weight", ascending.
std::vector<int> feature_numbers(const SafetensorsFile& file) {
  std::vector<int> numbers;
  for (const SafeTensor& t : file.tensors()) {
    if (t.name.ends_with("running_mean")) not_a_vgg(file, "it has batch normalisation (" + t.name + ")");
    constexpr std::string_view kHead = "features.", kTail = ".weight";
    if (!t.name.starts_with(kHead) || !t.name.ends_with(kTail)) continue;
    int number = -1;
    const char *begin = t.name.data() + kHead.size(), *end = t.name.data() + t.name.size() - kTail.size();
    const auto parsed = std::from_chars(begin, end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 0)
      not_a_vgg(file, "a tensor is called " + t.name);
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Names the convolutions; returns how many there are in each block.
std::vector<int> read_convolutions(const SafetensorsFile& file, TorchVgg& vgg) {
  std::vector<int> blocks{0};
  int64_t channels = 3;
  int expected = 0;
  for (int number : feature_numbers(file)) {
    if (number == expected + 1 && expected > 0)
      blocks.push_back(0);
    else if (number != expected)
      not_a_vgg(file, fmt::format("features.{} stands where features.{} was expected", number, expected));
    const std::string name = fmt::format("block{}_conv{}", blocks.size(), ++blocks.back());
    vgg.convolutions.push_back(layer(file, name, fmt::format("features.{}", number)));
    const std::vector<int64_t>& dims = vgg.convolutions.back().weight->dims;  // [out, in, 3, 3]
    if (dims.size() != 4 || dims[1] != channels || dims[2] != 3 || dims[3] != 3)
      not_a_vgg(file, fmt::format("features.{} is not a 3x3 convolution of {} channels", number, channels));
    channels = dims[0];
    expected = number + 2;
  }
  if (vgg.convolutions.empty()) not_a_vgg(file, "it has no features.0.weight");
  return blocks;
}

void read_dense(const SafetensorsFile& file, TorchVgg& vgg) {
  const std::vector<std::vector<std::string>> families = {{"classifier.0", "classifier.3", "classifier.6"},
                                                          {"pre_logits.fc1", "pre_logits.fc2", "head.fc"}};
  for (const auto& keys : families) {
    if (!file.find(keys[0] + ".weight")) continue;
    const char* names[] = {"fc1", "fc2", "predictions"};
    for (size_t i = 0; i < keys.size(); ++i) vgg.dense.push_back(layer(file, names[i], keys[i]));
    return;
  }
}

}  // namespace

TorchVgg read_torch_vgg(const SafetensorsFile& file) {
  TorchVgg vgg;
  const std::vector<int> blocks = read_convolutions(file, vgg);
  const std::map<std::vector<int>, const char*> known = {{{1, 1, 2, 2, 2}, "vgg11"},
                                                         {{2, 2, 2, 2, 2}, "vgg13"},
                                                         {{2, 2, 3, 3, 3}, "vgg16"},
                                                         {{2, 2, 4, 4, 4}, "vgg19"}};
  const auto model = known.find(blocks);
  vgg.model = model == known.end() ? "a VGG of its own" : model->second;
  read_dense(file, vgg);
  return vgg;
}

}  // namespace graft
