// VGG (Simonyan & Zisserman, arXiv:1409.1556): trunks of 3x3 convolutions in five blocks, each ended by a 2x2 max
// pool. Layer names are Keras' (block1_conv1 ...), so that its weights match by name.
#pragma once
#include "models/models.h"

namespace graft {

// vgg11, vgg13, vgg16, vgg19, or vgg-tiny for tests and teaching, with the head that the config names. The image
// size is at least 32, so that five pools leave something.
Graph vgg(const ModelConfig& config);

}  // namespace graft
