// The frozen layers as an inference plan: nothing is recorded, nothing kept. Activations of a chunk of images
// alternate between two buffers, and the 2x2 max pool runs inside the convolution before it where the kernel can.
// Deep layers, whose activations are small, take several chunks at once: more work for each reading of the filters.
// In f32 the result has the bits of Vgg::forward. In bf16 (the precision of the device), filters and activations
// are stored in bf16, rounded once each; images get a fourth channel of zeros, and what leaves is widened to f32.
#pragma once
#include "engine/data/preprocess.h"
#include "models/vgg.h"

namespace graft {

// How n images run through layers [0, end): chunks of `chunk` up to layer `narrow`, from there on `group` at once.
struct FrozenChunks {
  int64_t largest = 0;  // elements of the largest activation of an image
  int64_t chunk = 0, group = 0;
  int narrow = 0;  // begins behind a pool; `end` if there is no such layer
  int64_t images(int layer) const { return layer < narrow ? chunk : group; }
};
FrozenChunks frozen_chunks(const Vgg& model, int end, int64_t n, const DeviceInfo& device);

class FrozenTrunk {
 public:
  // Layers [0, end) of the model, end <= Vgg::trunk_end(), in the precision of the device, which may be another one
  // than the model's but of the same backend. Device and model must outlive it. Filters are read at the first run()
  // and must not change from then on.
  FrozenTrunk(Device& device, const Vgg& model, int end);

  // Images u8 [n,size,size,3] -> f32 [n, ...out()]: prepared, and run through the layers.
  Tensor run(const Tensor& images, const Preprocess& preprocess);

  void release_buffers();  // until the next run()

  Device& device() const { return device_; }
  int end() const { return end_; }
  Shape out() const { return model_.input_shape(end_); }  // of one image
  std::string kernels() const;  // which convolve: "block1_conv1=direct block1_conv2=winograd+pool ..."

 private:
  void run_group(const Tensor& images, const Preprocess& preprocess, const FrozenChunks& chunks, float* y);
  template <class T>
  T* convolve(const Tensor& images, const Preprocess& preprocess, const FrozenChunks& chunks, T* last);
  template <class T>
  T* convolve_layers(int begin, int end, int64_t n, T* x, T* last);
  template <class T>
  std::string kernels_of() const;
  template <class Conv>
  bool pools_inside(const Conv& conv, int layer) const;
  template <class T>
  const T* filters(int layer) const;
  template <class T>
  T* buffer(int i) const {
    return reinterpret_cast<T*>(buffers_[i].u8());
  }
  void reserve(const FrozenChunks& chunks);
  void round_filters();

  Device& device_;
  const Vgg& model_;
  int end_, convs_end_;  // convolutions and pools; a mean over the image or a flatten may follow
  bool average_ = false, bf16_;
  std::vector<Tensor> rounded_;  // bf16 filters, by layer
  Tensor buffers_[2], group_;    // group_: what enters the narrow layers
};

}  // namespace graft
