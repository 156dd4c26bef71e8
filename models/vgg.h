// VGG (Simonyan & Zisserman, arXiv:1409.1556): a trunk of five blocks of 3x3 convolutions, each followed by a 2x2 max
// pool. Layers are named as in Keras (block1_conv1 ...), so that its weights match by name.
#pragma once
#include "models/models.h"

namespace graft {

// Makes vgg11, vgg13, vgg16, vgg19, or vgg-tiny (for tests and teaching), with the head of the config.
Graph vgg(const ModelConfig& config);

}  // namespace graft
