// From a decoded image to the input that a trunk was trained on: fit to size x size, channel order, scale, mean and
// standard deviation. The record belongs to the weights: it is stored in the model and never asked for again. Wrong
// preprocessing is a classic VGG mistake, and only a lower accuracy reveals it.
#pragma once
#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/resize.h"
#include "engine/tensor.h"

namespace graft {

enum class Fit {
  stretch,  // to size x size, aspect ignored
  crop      // short side to short_side, then size x size from the centre
};
const char* name(Fit fit);
Fit parse_fit(std::string_view text);  // "stretch", "crop"; else a usage error

// x[c] = (pixel[bgr ? 2-c : c] * scale - mean[c]) / stddev[c]; mean and stddev are in the order of x.
struct Preprocess {
  std::string name;  // of the preset it is based on
  int size = 224;
  Fit fit = Fit::stretch;
  int short_side = 256;  // for Fit::crop; >= size
  Interpolation interpolation = Interpolation::bilinear;
  bool bgr = false;
  float scale = 1;
  std::array<float, 3> mean = {0, 0, 0}, stddev = {1, 1, 1};
  std::optional<Levels> levels;  // for images of more than 8 bits; see decode_image
  Exif exif = Exif::ignore;

  bool operator==(const Preprocess&) const = default;
};

// Presets: "keras-caffe" (the official Keras VGG weights), "torchvision", "tutorial" (RGB/255, nearest).
std::vector<std::string> preprocess_names();
Preprocess preprocess_preset(std::string_view name, int size = 224);  // an unknown name is a usage error

// Strict: an unknown, missing or invalid field is an Error(Fault::data) that names it. Round trips are exact.
nlohmann::json to_json(const Preprocess& preprocess);
Preprocess preprocess_from_json(const nlohmann::json& json);

// How files are decoded.
DecodeOptions decode_options(const Preprocess& preprocess);

// size x size pixels of the image.
Image fit_image(const Image& image, const Preprocess& preprocess);

// The image as the model is to see it: decoded at the levels, rotated where EXIF is applied, and fitted.
Image read_image(const std::filesystem::path& path, const Preprocess& preprocess);

// u8 [n,size,size,3] on the device -> f32 of the same shape.
Tensor prepare(Device& device, const Tensor& u8_batch, const Preprocess& preprocess);
// The same, into device memory; in bf16 with a fourth channel of zeros.
void prepare(const Tensor& u8_batch, const Preprocess& preprocess, float* x);
void prepare(const Tensor& u8_batch, const Preprocess& preprocess, Bf16* x);

}  // namespace graft
