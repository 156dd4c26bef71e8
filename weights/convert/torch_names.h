// The names that torchvision and timm give the tensors of a VGG, as layers of ours, also where a training script
// put a prefix before them. No table of networks: the numbers say it, since a convolution with its ReLU is two
// steps of `features` and a pool is one.
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
  std::string stem;   // what stands before the numbers: "features.", "module.features.", "" for a trunk alone
  std::vector<TorchLayer> convolutions;
  std::vector<TorchLayer> dense;  // fc1, fc2, predictions; empty when the file does not have just these

  std::string prefix_note() const;  // what was taken off the names, for people; empty: nothing
};

// Throws Error (weights): batch normalisation, other networks, tensors that do not chain, two trunks. What else is
// in the file is not judged, but `dense` is empty unless it is the head that torchvision or timm give a VGG.
TorchVgg read_torch_vgg(const SafetensorsFile& file);

// The tensors of the file that are not of the trunk, with shapes, for a message.
std::string other_tensors(const SafetensorsFile& file, const TorchVgg& vgg);

}  // namespace graft
