// The frozen layers as an inference plan: nothing is recorded, nothing kept. Activations of a chunk of images
// alternate between two buffers, and the 2x2 max pool runs inside the convolution before it where the kernel can.
// In f32 the result has the bits of Vgg::forward. In bf16, filters and activations are stored in bf16, rounded once
// each; images get a fourth channel of zeros, and what leaves is widened to f32.
#pragma once
#include "engine/data/preprocess.h"
#include "models/vgg.h"

namespace graft {

class FrozenTrunk {
 public:
  // Layers [0, end) of the model, end <= Vgg::trunk_end(). Device and model must outlive it. Filters are read at
  // the first run() and must not change from then on.
  FrozenTrunk(Device& device, const Vgg& model, int end, Precision precision);

  // Images u8 [n,size,size,3] -> f32 [n, ...out()]: prepared, and run through the layers.
  Tensor run(const Tensor& images, const Preprocess& preprocess);

  void release_buffers();  // until the next run()

  Device& device() const { return device_; }
  int end() const { return end_; }
  Shape out() const { return model_.input_shape(end_); }  // of one image
  std::string kernels() const;  // which convolve: "block1_conv1=direct block1_conv2=winograd+pool ..."

 private:
  void run_chunk(const Tensor& images, const Preprocess& preprocess, float* y);
  template <class T>
  T* convolve(const Tensor& images, const Preprocess& preprocess, T* last);
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
  void reserve(int64_t images);
  void round_filters();
  int64_t largest_activation() const;  // elements, of one image

  Device& device_;
  const Vgg& model_;
  int end_, convs_end_;  // convolutions and pools; a mean over the image or a flatten may follow
  bool average_ = false, bf16_;
  std::vector<Tensor> rounded_;  // bf16 filters, by layer
  Tensor buffers_[2];
};

}  // namespace graft
