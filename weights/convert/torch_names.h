// Maps the names that torchvision and timm give the tensors of a VGG to our layers, even if a training script added
// a prefix. There is no table of networks: the numbers suffice, since a convolution with its ReLU is two steps of
// `features` and a pool is one.
#pragma once
#include <string>
#include <vector>

#include "weights/convert/safetensors.h"

namespace graft {

struct TorchLayer {
  std::string name;  // "block1_conv1", "fc1"
  const SafeTensor* weight;
  const SafeTensor* bias;
};

struct TorchVgg {
  std::string model;  // "vgg16", from the number of convolutions in each block
  std::string stem;   // the part before the numbers: "features.", "module.features.", "" for a trunk alone
  std::vector<TorchLayer> convolutions;
  std::vector<TorchLayer> dense;  // fc1, fc2, predictions; empty unless the file has exactly these

  std::string prefix_note() const;  // the prefix removed from the names, for people; empty: none
};

// Throws Error (weights): batch normalisation, other networks, tensors that do not chain, two trunks. Other
// contents of the file are ignored, but `dense` is empty unless it is the head that torchvision or timm give a VGG.
TorchVgg read_torch_vgg(const SafetensorsFile& file);

// The tensors of the file outside of the trunk, with shapes, for a message.
std::string other_tensors(const SafetensorsFile& file, const TorchVgg& vgg);

}  // namespace graft
