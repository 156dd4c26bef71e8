// Converts safetensors weights published by torchvision or timm to Keras .h5 for this program.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/preprocess.h"

namespace graft {

struct Converted {
  std::string model;      // "vgg16"
  bool top = false;       // the file has fc1, fc2 and predictions
  Preprocess preprocess;  // what the weights were trained on; stored as "preprocess" in the file's record
  std::vector<std::string> notes;
};

// Layers are recognised from the numbers in the names: a convolution and its ReLU are two steps, a pool is one. The
// rows of the first dense layer are reordered from torch's (channel, row, column) to ours (row, column, channel).
// Without `top` the head is ignored. An existing `to` is replaced. Throws Error (weights): batch normalisation,
// other networks, two trunks, `top` without a usable head.
Converted convert_safetensors(const std::filesystem::path& from, const std::filesystem::path& to, bool top);

}  // namespace graft
