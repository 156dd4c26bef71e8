#include "engine/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/base/printable.h"

namespace graft {
namespace {

using Json = nlohmann::json;

constexpr int kMaxSize = 4096;

std::vector<Preprocess> presets() {
  Preprocess caffe, torch, tutorial;
  // ImageNet means in B, G, R: mode "caffe" of keras.applications, after the Caffe release of the paper.
  caffe.name = "keras-caffe";
  caffe.bgr = true;
  caffe.mean = {103.939f, 116.779f, 123.68f};
  // torchvision's reference transforms: short side 256, centre 224.
  torch.name = "torchvision";
  torch.fit = Fit::crop;
  torch.scale = 1.0f / 255;
  torch.mean = {0.485f, 0.456f, 0.406f};
  torch.stddev = {0.229f, 0.224f, 0.225f};
  // Keras' flow_from_directory with rescale=1/255 resizes with nearest unless told otherwise.
  tutorial.name = "tutorial";
  tutorial.interpolation = Interpolation::nearest;
  tutorial.scale = 1.0f / 255;
  return {caffe, torch, tutorial};
}

void check(const Preprocess& p) {
  const auto finite = [](float v) { return std::isfinite(v); };
  if (p.size < 1 || p.size > kMaxSize)
    fail(Fault::data, "preprocessing: size {} is not in 1 ... {}", p.size, kMaxSize);
  if (p.fit == Fit::crop && (p.short_side < p.size || p.short_side > 2 * kMaxSize))
    fail(Fault::data, "preprocessing: short_side {} is not in size ({}) ... {}", p.short_side, p.size,
         2 * kMaxSize);
  if (!finite(p.scale) || p.scale == 0) fail(Fault::data, "preprocessing: scale {} is impossible", p.scale);
  if (!std::ranges::all_of(p.mean, finite)) fail(Fault::data, "preprocessing: a mean is not finite");
  if (!std::ranges::all_of(p.stddev, [&](float v) { return finite(v) && v > 0; }))
    fail(Fault::data, "preprocessing: a stddev is not above 0");
  if (p.levels && (p.levels->low < 0 || p.levels->high > 65535 || p.levels->low >= p.levels->high))
    fail(Fault::data, "preprocessing: levels {} to {} are none of 0 to 65535", p.levels->low, p.levels->high);
}

// The double with the shortest decimals that is this float again: 103.939 in a file, not 103.93900299072266.
double tidy(float v) { return std::strtod(fmt::format("{}", v).c_str(), nullptr); }

bool is_float(const Json& v) {
  return v.is_number() && std::abs(v.get<double>()) <= std::numeric_limits<float>::max();
}

template <class T>
T field(const Json& json, const char* key) {
  const auto it = json.find(key);
  if (it == json.end()) fail(Fault::data, "preprocessing: the field '{}' is missing", key);
  bool fits = false;
  if constexpr (std::is_same_v<T, bool>) fits = it->is_boolean();
  if constexpr (std::is_same_v<T, int>)
    fits = it->is_number_integer() && it->template get<double>() == it->template get<int>();
  if constexpr (std::is_same_v<T, float>) fits = is_float(*it);
  if constexpr (std::is_same_v<T, std::string>) fits = it->is_string();
  if constexpr (std::is_same_v<T, std::array<float, 3>>)
    fits = it->is_array() && it->size() == 3 && std::ranges::all_of(*it, is_float);
  if constexpr (std::is_same_v<T, std::array<int, 2>>)
    fits = it->is_array() && it->size() == 2 &&
           std::ranges::all_of(*it, [](const Json& v) { return v.is_number_integer() && v >= 0 && v <= 65535; });
  if (!fits) fail(Fault::data, "preprocessing: the field '{}' has a wrong value: {}", key, printable(it->dump()));
  return it->template get<T>();
}

}  // namespace

const char* name(Fit fit) { return fit == Fit::stretch ? "stretch" : "crop"; }

Fit parse_fit(std::string_view text) {
  for (Fit fit : {Fit::stretch, Fit::crop})
    if (text == name(fit)) return fit;
  fail(Fault::usage, "no way to fit '{}'; there are: stretch, crop", text);
}

std::vector<std::string> preprocess_names() {
  std::vector<std::string> names;
  for (const Preprocess& p : presets()) names.push_back(p.name);
  return names;
}

Preprocess preprocess_preset(std::string_view name, int size) {
  std::string known;
  for (Preprocess& p : presets()) {
    known += (known.empty() ? "" : ", ") + p.name;
    if (p.name != name) continue;
    p.size = size;
    p.short_side = static_cast<int>(int64_t{256} * size / 224);
    check(p);
    return p;
  }
  fail(Fault::usage, "no preprocessing '{}'; there are: {}", name, known);
}

Json to_json(const Preprocess& p) {
  const auto three = [](const std::array<float, 3>& v) { return Json{tidy(v[0]), tidy(v[1]), tidy(v[2])}; };
  Json json = {{"name", p.name},
               {"size", p.size},
               {"fit", name(p.fit)},
               {"short_side", p.short_side},
               {"interpolation", name(p.interpolation)},
               {"bgr", p.bgr},
               {"scale", tidy(p.scale)},
               {"mean", three(p.mean)},
               {"stddev", three(p.stddev)}};
  if (p.levels) json["levels"] = {p.levels->low, p.levels->high};
  if (p.exif != Exif::ignore) json["exif"] = name(p.exif);  // else absent, as before: keys of caches hash this
  return json;
}

Preprocess preprocess_from_json(const Json& json) {
  if (!json.is_object()) fail(Fault::data, "preprocessing: not a record");
  Preprocess whole;
  whole.levels = Levels{}, whole.exif = Exif::apply;
  const Json known = to_json(whole);
  for (const auto& [key, value] : json.items())
    if (!known.contains(key))
      fail(Fault::data, "preprocessing: unknown field '{}'; a newer version may have written it", printable(key));
  Preprocess p;
  p.name = field<std::string>(json, "name");
  p.size = field<int>(json, "size");
  p.short_side = field<int>(json, "short_side");
  p.bgr = field<bool>(json, "bgr");
  p.scale = field<float>(json, "scale");
  p.mean = field<std::array<float, 3>>(json, "mean");
  p.stddev = field<std::array<float, 3>>(json, "stddev");
  if (json.contains("levels")) {  // only models with --bits or --range have it
    const auto levels = field<std::array<int, 2>>(json, "levels");
    p.levels = Levels{levels[0], levels[1]};
  }
  try {
    if (json.contains("exif")) p.exif = parse_exif(field<std::string>(json, "exif"));
    p.fit = parse_fit(field<std::string>(json, "fit"));
    p.interpolation = parse_interpolation(field<std::string>(json, "interpolation"));
  } catch (const Error& e) {
    fail(Fault::data, e.advice(), "preprocessing: {}", printable(e.what()));  // the file's fault, not a usage error
  }
  check(p);
  return p;
}

DecodeOptions decode_options(const Preprocess& p) { return {.levels = p.levels, .exif = p.exif}; }

Image fit_image(const Image& image, const Preprocess& p) {
  check(p);
  if (p.fit == Fit::stretch) return resize(image, p.size, p.size, p.interpolation);
  // torchvision's Resize: the long side is truncated to an integer. Only the window is computed: otherwise a strip
  // of 1 x 60000 pixels would become an image of gigabytes.
  const int shorter = std::min(image.w, image.h), longer = std::max(image.w, image.h);
  const int scaled = static_cast<int>(static_cast<double>(p.short_side) * longer / shorter);
  const int w = image.w <= image.h ? p.short_side : scaled, h = image.w <= image.h ? scaled : p.short_side;
  return resize_window(image, w, h, center_window(w, h, p.size), p.interpolation);
}

Image read_image(const std::filesystem::path& path, const Preprocess& p) {
  return fit_image(decode_image(path, decode_options(p)), p);
}

namespace {

template <class Args, class T>
void prepare_as(const Tensor& rgb, const Preprocess& p, T* x) {
  const Shape& shape = rgb.shape();
  require(shape.rank() == 4 && shape[3] == 3, "prepare: a batch of shape {}", shape);
  Args args{.pixels = shape.size() / 3, .rgb = rgb.u8(), .x = x, .bgr = p.bgr, .scale = p.scale};
  std::ranges::copy(p.mean, args.mean);
  std::ranges::copy(p.stddev, args.stddev);
  rgb.device().run(args);
}

}  // namespace

void prepare(const Tensor& rgb, const Preprocess& p, float* x) { prepare_as<PrepareImages>(rgb, p, x); }
void prepare(const Tensor& rgb, const Preprocess& p, Bf16* x) { prepare_as<PrepareImagesBf16>(rgb, p, x); }

Tensor prepare(Device& device, const Tensor& rgb, const Preprocess& p) {
  Tensor x = Tensor::empty(device, rgb.shape());
  prepare(rgb, p, x.f32());
  return x;
}

}  // namespace graft
