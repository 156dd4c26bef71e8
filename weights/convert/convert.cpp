#include "weights/convert/convert.h"

#include <algorithm>
#include <cmath>

#include "engine/base/printable.h"
#include "weights/convert/torch_names.h"
#include "weights/keras/keras_writer.h"

namespace graft {
namespace {

using Values = std::vector<float>;

Values read(const SafetensorsFile& file, const SafeTensor& tensor) {
  Values values = file.read(tensor);
  const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad != values.end())
    fail(Fault::weights, "{}: {} has a value that is not finite: {} at element {}", file.name(),
         printable(tensor.name), *bad, bad - values.begin());
  return values;
}

// [k, c, s*r] -> [s*r, c, k]: for a convolution's filters and for the rows of a dense layer after a flatten of
// (channel, row, column) alike.
Values to_keras_order(const Values& from, int64_t k, int64_t c, int64_t positions) {
  Values to(from.size());
  for (int64_t o = 0; o < k; ++o)
    for (int64_t i = 0; i < c; ++i)
      for (int64_t p = 0; p < positions; ++p)
        to[static_cast<size_t>((p * c + i) * k + o)] = from[static_cast<size_t>((o * c + i) * positions + p)];
  return to;
}

int64_t product_from1(const std::vector<int64_t>& dims) {
  int64_t n = 1;
  for (size_t i = 1; i < dims.size(); ++i) n *= dims[i];
  return n;
}

void add_convolution(const SafetensorsFile& file, const TorchLayer& layer, KerasWriter& writer) {
  const std::vector<int64_t>& d = layer.weight->dims;
  writer.add(layer.name + "/kernel", {d[2], d[3], d[1], d[0]},
             to_keras_order(read(file, *layer.weight), d[0], d[1], d[2] * d[3]));
  writer.add(layer.name + "/bias", {d[0]}, read(file, *layer.bias));
}

// `channels` of the layer's input if it follows the flatten, else 0: then its inputs need no reordering.
void add_dense(const SafetensorsFile& file, const TorchLayer& layer, int64_t channels, KerasWriter& writer) {
  const int64_t out = layer.weight->dims[0], in = product_from1(layer.weight->dims);
  const int64_t c = channels ? channels : in;
  if (in % c != 0)
    fail(Fault::weights, "{}: {} has {} inputs, no multiple of the {} channels before it", file.name(),
         printable(layer.weight->name), in, c);
  writer.add(layer.name + "/kernel", {in, out}, to_keras_order(read(file, *layer.weight), out, c, in / c));
  writer.add(layer.name + "/bias", {out}, read(file, *layer.bias));
}

// torchvision's FEATURES weights are Oxford's with red first: 0..255 minus a mean, given there as fractions of 255.
Preprocess preprocess_of(bool features_only) {
  Preprocess preprocess = preprocess_preset("torchvision");
  if (features_only) {
    preprocess.name = "torchvision-features";
    preprocess.scale = 1, preprocess.mean = {123, 117, 104}, preprocess.stddev = {1, 1, 1};
  }
  return preprocess;
}

// Identifies the FEATURES weights: torchvision filled the missing head with NaN.
bool has_nan(const SafetensorsFile& file, const TorchVgg& vgg) {
  return std::any_of(vgg.dense.begin(), vgg.dense.end(), [&](const TorchLayer& layer) {
    const Values bias = file.read(*layer.bias);
    return std::any_of(bias.begin(), bias.end(), [](float v) { return std::isnan(v); });
  });
}

void require_top(const SafetensorsFile& file, const TorchVgg& vgg, bool features_only) {
  if (features_only)
    fail(Fault::weights, Advice{"without-top"}, "{}: its head is NaN on purpose (torchvision's FEATURES weights)",
         file.name());
  if (!vgg.dense.empty()) return;
  const std::string others = other_tensors(file, vgg);
  if (others.empty())
    fail(Fault::weights, Advice{"without-top"}, "{}: no classifier in it; the file with the whole network has one",
         file.name());
  fail(Fault::weights, Advice{"without-top"},
       "{}: its head is not the three dense layers of torchvision (classifier.0, .3, .6) or timm: "
       "besides the trunk it has {}",
       file.name(), others);
}

}  // namespace

Converted convert_safetensors(const std::filesystem::path& from, const std::filesystem::path& to, bool top) {
  const SafetensorsFile file(from);
  const TorchVgg vgg = read_torch_vgg(file);
  const bool features_only = has_nan(file, vgg);
  if (top) require_top(file, vgg, features_only);
  Converted converted{.model = vgg.model, .top = top, .preprocess = preprocess_of(features_only), .notes = {}};
  KerasWriter writer;
  for (const TorchLayer& layer : vgg.convolutions) add_convolution(file, layer, writer);
  int64_t channels = vgg.convolutions.back().weight->dims[0];
  if (top)
    for (const TorchLayer& layer : vgg.dense) {
      add_dense(file, layer, channels, writer);
      channels = 0;
    }
  if (const std::string note = vgg.prefix_note(); !note.empty()) converted.notes.push_back(note);
  if (features_only) converted.notes.push_back("the head is NaN: torchvision's FEATURES weights, trunk only");
  if (vgg.dense.empty())
    converted.notes.push_back(
        "no head of torchvision's in the file, so its preprocessing is unknown: "
        "assuming torchvision's V1 (RGB, standardised)");
  writer.save(to, {{"model", converted.model},
                   {"top", top},
                   {"preprocess", to_json(converted.preprocess)},
                   {"converted_from", printable(from.filename())}});
  return converted;
}

}  // namespace graft
