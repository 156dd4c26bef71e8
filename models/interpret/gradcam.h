// Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
// ICCV 2017): where a feature map A is evidence for a class. With y the class's logit:
//   weight[k] = mean over positions of dy/dA[.,.,k]        map = relu(sum_k weight[k] * A[.,.,k])
// A is a convolution's output after its ReLU, as in Keras. A map shows what the model used, not what is true.
#pragma once
#include <span>

#include "models/model.h"

namespace graft {

struct ClassMap {
  int h = 0, w = 0;
  std::vector<float> values;  // [h,w], >= 0, not scaled; all zero without evidence for the class
  int shown = 0;              // the explained class
  std::vector<float> probs;   // [classes]
};

constexpr int kPredictedClass = -1;

// Returns the index of a convolution by name, or of the last one for "". Throws a usage error if there is none.
int find_conv(const Model& model, std::string_view name);

// Computes a map of class classes[i] (or kPredictedClass) for each prepared image of x [n,size,size,3], at the output
// of the convolution `layer`.
std::vector<ClassMap> grad_cam(const Model& model, const Tensor& x, int layer, std::span<const int> classes);

// The inner step: d(logit of classes[i]) / d(activation), for the output `activation` [n,h,w,k] of `layer`.
Tensor class_score_gradient(const Model& model, const Tensor& activation, int layer, std::span<const int> classes);

}  // namespace graft
