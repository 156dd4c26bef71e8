#include "weights/inspect.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "engine/base/printable.h"
#include "weights/convert/safetensors.h"
#include "weights/hdf5/file_kind.h"
#include "weights/keras/keras_layouts.h"

namespace graft {
namespace {

void describe(TensorInfo& info, const std::vector<float>& values) {
  info.readable = true;
  double sum = 0;
  int64_t count = 0;
  for (float v : values) {
    if (!std::isfinite(v)) {
      info.finite = false;
      continue;
    }
    info.min = count ? std::min(info.min, v) : v;
    info.max = count ? std::max(info.max, v) : v;
    sum += v, ++count;
  }
  info.mean = count ? sum / static_cast<double>(count) : 0;
}

int64_t product(const std::vector<int64_t>& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

LayoutInfo inspect_safetensors(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  LayoutInfo layout{.layout = "safetensors", .bytes = file.bytes(), .tensors = {}};
  for (const SafeTensor& tensor : file.tensors()) {
    TensorInfo info{.name = printable(tensor.name), .shape = shape_text(tensor.dims), .dtype = tensor.dtype};
    std::transform(info.dtype.begin(), info.dtype.end(), info.dtype.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    info.size = product(tensor.dims);
    if (tensor.is_float()) describe(info, file.read(tensor));
    layout.tensors.push_back(std::move(info));
  }
  return layout;
}

}  // namespace

LayoutInfo inspect_weights(const std::filesystem::path& path) {
  if (is_safetensors(path)) return inspect_safetensors(path);
  const H5File file(path);
  LayoutInfo layout{.layout = layout_name(file), .bytes = file.bytes(), .tensors = {}};
  for (const H5Dataset& dataset : file.datasets()) {
    TensorInfo info{
        .name = printable(dataset.path), .shape = shape_text(dataset.dims), .dtype = printable(dataset.dtype)};
    info.size = dataset.size();
    if (dataset.is_float()) describe(info, file.read(dataset));
    layout.tensors.push_back(std::move(info));
  }
  return layout;
}

}  // namespace graft
