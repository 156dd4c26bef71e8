// The names that torchvision and timm give the tensors of a VGG, as layers of ours. No table of networks: the
// numbers say it, since a convolution with its ReLU is two steps of `features` and a pool is one.
#pragma once
#include <string>
#include <vector>

#include "weights/safetensors.h"

namespace graft {

struct TorchLayer {
  std::string name;  // "block1_conv1", "fc1"
  const SafeTensor* weight;
  const SafeTensor* bias;
};

struct TorchVgg {
  std::string model;  // "vgg16", from the number of convolutions in each block
  std::vector<TorchLayer> convolutions;
  std::vector<TorchLayer> dense;  // fc1, fc2, predictions; empty when the file has none
};

// Throws Error (weights): batch normalisation, other networks, tensors that do not chain.
TorchVgg read_torch_vgg(const SafetensorsFile& file);

}  // namespace graft
