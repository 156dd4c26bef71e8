// Reads the .npy files of the golden data: version 1, little-endian float32 or float64, C order.
#pragma once
#include <filesystem>
#include <vector>

#include "engine/shape.h"

namespace graft::test {

struct Npy {
  Shape shape;
  std::vector<double> values;

  std::vector<float> f32() const { return {values.begin(), values.end()}; }
};

// Throws Error (data) for anything else, and if the size of the file does not match its header.
Npy read_npy(const std::filesystem::path& path);

}  // namespace graft::test
