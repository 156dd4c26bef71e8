// Inference through the frozen layers, as planned by models/frozen_plan.h: nothing is recorded for a backward pass,
// and the 2x2 max pool is fused into the convolution before it where the kernel can do that. In f32 the result is
// bitwise equal to Model::forward. In bf16 (the precision of the device), filters and activations are stored in
// bf16, each rounded once; images get a fourth channel of zeros, and the features are widened to f32.
#pragma once
#include "engine/data/preprocess.h"
#include "models/frozen_plan.h"
#include "models/model.h"

namespace graft {

class FrozenTrunk {
 public:
  // Layers [0, end) of the model, end <= Model::trunk_end(), in the precision of `device`, which may differ from the
  // model's device but must be of the same backend. Device and model must outlive the trunk. The filters must not
  // change after the first run(), which rounds them for bf16. Throws Error (bug) if the graph cannot be cut at `end`,
  // or if a layer before flatten or gap is neither a convolution nor a pool.
  FrozenTrunk(Device& device, const Model& model, int end);

  // Prepares images u8 [n,size,size,3], runs the layers, and returns features f32 [n, ...out()].
  Tensor run(const Tensor& images, const Preprocess& preprocess);

  void release_buffers();  // frees the memory of the activations; the next run() allocates it again

  Device& device() const { return device_; }
  int end() const { return end_; }
  Shape out() const { return model_.input_shape(end_); }  // the features of one image
  std::string kernels() const;  // of the convolutions: "block1_conv1=shallow block1_conv2=winograd+pool ..."

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
  Tensor deep_input_;  // input of the deep layers
};

}  // namespace graft
