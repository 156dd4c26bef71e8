// Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
// ICCV 2017): where a convolution's output A speaks for a class. With y the class's score before the softmax:
//   weight[k] = mean over positions of dy/dA[.,.,k]        map = relu(sum_k weight[k] * A[.,.,k])
// A is the output behind the layer's ReLU, as in Keras. A map shows what the model used, not what is true.
#pragma once
#include <span>

#include "models/model.h"

namespace graft {

struct ClassMap {
  int h = 0, w = 0;
  std::vector<float> values;  // [h,w], >= 0, not scaled; all zero if nothing speaks for the class
  int shown = 0;              // the class that is explained
  std::vector<float> probs;   // of all classes
};

constexpr int kPredictedClass = -1;

// Index of a convolution by name; "" is the last one. Throws a usage error for what is no convolution.
int find_conv(const Model& model, std::string_view name);

// Maps for prepared images x [n,size,size,3], at the output of the convolution `layer`. classes[i] is explained for
// image i, or the class that the model predicts.
std::vector<ClassMap> grad_cam(const Model& model, const Tensor& x, int layer, std::span<const int> classes);

// The inner step: d(score of classes[i]) / d(activation) for an activation [n,h,w,k] behind `layer`.
Tensor class_score_gradient(const Model& model, const Tensor& activation, int layer, std::span<const int> classes);

}  // namespace graft
