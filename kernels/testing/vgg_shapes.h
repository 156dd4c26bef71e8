// VGG16 as sizes: the workload that kernels are measured on. Full size is 224x224; small is 32x32 with an eighth of
// the channels, for a quick look and for the emulator.
#pragma once
#include <cstdint>

namespace graft::test {

struct Sizes {
  int batch = 8;
  bool small = false;
  int image(int size) const { return small ? size / 7 : size; }                 // 224 becomes 32
  int channels(int c) const { return small && c >= 64 ? c / 8 : c; }            // 3 stays 3
  int features(int count) const { return small ? (count + 63) / 64 : count; }   // of a dense layer
  int64_t elements(int64_t count) const { return small ? count / 64 : count; }  // of a large array
};

struct ConvLayer {
  const char* name;
  int size, c, k;  // height = width
  bool pooled;     // a 2x2 pool follows
};
inline constexpr ConvLayer kConvLayers[] = {
    {"block1_conv1", 224, 3, 64, false},   {"block1_conv2", 224, 64, 64, true},
    {"block2_conv1", 112, 64, 128, false}, {"block2_conv2", 112, 128, 128, true},
    {"block3_conv1", 56, 128, 256, false}, {"block3_conv2", 56, 256, 256, false},
    {"block3_conv3", 56, 256, 256, true},  {"block4_conv1", 28, 256, 512, false},
    {"block4_conv2", 28, 512, 512, false}, {"block4_conv3", 28, 512, 512, true},
    {"block5_conv1", 14, 512, 512, false}, {"block5_conv2", 14, 512, 512, false},
    {"block5_conv3", 14, 512, 512, true},
};

struct DenseLayer {
  const char* name;
  int in, out;
};
// The default head and the ImageNet classifier.
inline constexpr DenseLayer kDenseLayers[] = {
    {"flatten_1024", 25088, 1024}, {"fc1", 25088, 4096}, {"fc2", 4096, 4096}, {"predictions", 4096, 1000}};

}  // namespace graft::test
