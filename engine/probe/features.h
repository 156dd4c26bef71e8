// A layer's features for each image, as a plain table on the host: the input of probes.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace graft {

struct Features {
  int64_t rows = 0, columns = 0;
  std::vector<float> values;  // [rows, columns]
};

struct Labelled {
  const Features& features;
  std::span<const int32_t> labels;  // [rows], each in [0, classes)
  int classes = 0;
};

}  // namespace graft
