// The contents of a weights file, for people: `weights inspect`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace graft {

struct TensorInfo {
  std::string name;   // path in the file
  std::string shape;  // "3x3x3x64"
  std::string dtype;  // "f32", "f16", "bf16", "f64"; others are listed without values
  int64_t size = 0;   // elements
  bool readable = false;
  bool finite = true;  // the statistics below cover the finite values
  float min = 0, max = 0;
  double mean = 0;
};

struct LayoutInfo {
  std::string layout;  // "Keras 1", "Keras 3 .weights.h5", "safetensors", ...
  uint64_t bytes = 0;
  std::vector<TensorInfo> tensors;
};

// Reads every tensor of an HDF5 or safetensors file. Throws Error (weights) if it is neither or is damaged.
LayoutInfo inspect_weights(const std::filesystem::path& path);

}  // namespace graft
