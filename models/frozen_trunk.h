// The frozen layers as an inference plan (models/frozen_plan.h): nothing is recorded, nothing kept, and the 2x2 max
// pool runs inside the convolution before it where the kernel can. In f32 the result has the bits of
// Model::forward. In bf16 (the precision of the device), filters and activations are stored in bf16, rounded once
// each; images get a fourth channel of zeros, and what leaves is widened to f32.
#pragma once
#include "engine/data/preprocess.h"
#include "models/frozen_plan.h"
#include "models/model.h"

namespace graft {

class FrozenTrunk {
 public:
  // Layers [0, end) of the model, end <= Model::trunk_end(), in the precision of the device, which may be another
  // one than the model's but of the same backend. Device and model must outlive it. Filters are read at the first
  // run() and must not change from then on. Throws Error (bug) if the graph cannot be cut at `end`, or for layers
  // of images other than convolutions and pools.
  FrozenTrunk(Device& device, const Model& model, int end);

  // Images u8 [n,size,size,3] -> f32 [n, ...out()]: prepared, and run through the layers.
  Tensor run(const Tensor& images, const Preprocess& preprocess);

  void release_buffers();  // until the next run()

  Device& device() const { return device_; }
  int end() const { return end_; }
  Shape out() const { return model_.input_shape(end_); }  // of one image
  std::string kernels() const;  // which convolve: "block1_conv1=direct block1_conv2=winograd+pool ..."

 private:
  void run_batch(const Tensor& images, const Preprocess& preprocess, const FrozenPlan& plan, float* y);
  template <class T>
  T* run_images(const Tensor& images, const Preprocess& preprocess, const FrozenPlan& plan, T* last);
  template <class T>
  T* run_layers(int begin, int end, int64_t n, T* x, T* last);
  template <class T>
  void run_step(const PlanStep& step, int64_t n, const T* x, T* y);
  template <class T>
  std::vector<PlanStep> steps_of(int begin, int end, int64_t n) const;
  template <class T>
  bool pools_inside(int conv_layer, int end, int64_t n) const;
  template <class T>
  std::string kernels_of() const;
  template <class T>
  const T* filters(int layer) const;
  template <class T>
  T* buffer(int i) const {
    return reinterpret_cast<T*>(buffers_[size_t(i)].u8());
  }
  const Node& layer(int i) const { return model_.layers()[size_t(i)]; }
  void reserve(const FrozenPlan& plan);
  void round_filters();

  Device& device_;
  const Model& model_;
  int end_, images_end_;  // see images_end()
  Precision precision_;
  std::vector<Tensor> rounded_;  // bf16 filters, by layer
  std::vector<Tensor> buffers_;
  Tensor deep_input_;  // what enters the deep layers
};

}  // namespace graft
