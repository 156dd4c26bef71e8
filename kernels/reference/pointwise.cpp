// Elementwise ops, and the norm. prepare_images and dropout are exact: their f32 formula is the contract.
#include <algorithm>
#include <cmath>

#include "kernels/api/philox.h"
#include "kernels/reference/reference.h"

namespace graft::reference {

void relu(const Relu& a) {
  for (int64_t i = 0; i < a.size; ++i) a.y[i] = a.x[i] < 0 ? 0 : a.x[i];
}

void relu_grad(const ReluGrad& a) {
  for (int64_t i = 0; i < a.size; ++i) a.dx[i] = a.y[i] > 0 ? a.dy[i] : 0;
}

void add(const Add& a) {
  for (int64_t i = 0; i < a.size; ++i) a.y[i] += a.x[i];
}

void scale(const Scale& a) {
  for (int64_t i = 0; i < a.size; ++i) a.x[i] = static_cast<float>(a.factor * a.x[i]);
}

void l2_norm(const L2Norm& a) {
  double sum = 0;
  for (int64_t i = 0; i < a.size; ++i) sum += double{a.x[i]} * a.x[i];
  *a.norm = static_cast<float>(std::sqrt(sum));
}

void dropout(const Dropout& a) {
  const float scale = 1.0f / (1.0f - a.rate);
  for (int64_t i = 0; i < a.size; ++i) {
    const bool dropped = uniform01(philox_at(a.seed, a.stream, static_cast<uint64_t>(i))) < a.rate;
    a.y[i] = dropped ? 0 : a.x[i] * scale;
  }
}

void prepare_images(const PrepareImages& a) {
  for (int64_t i = 0; i < a.pixels; ++i)
    for (int c = 0; c < 3; ++c) {
      const float value = a.rgb[i * 3 + (a.bgr ? 2 - c : c)];
      a.x[i * 3 + c] = (value * a.scale - a.mean[c]) / a.stddev[c];
    }
}

void prepare_images_bf16(const PrepareImagesBf16& a) {
  for (int64_t i = 0; i < a.pixels; ++i) {
    for (int c = 0; c < 3; ++c) {
      const float value = a.rgb[i * 3 + (a.bgr ? 2 - c : c)];
      a.x[i * 4 + c] = bf16_of((value * a.scale - a.mean[c]) / a.stddev[c]);
    }
    a.x[i * 4 + 3] = bf16_of(0);
  }
}

void to_bf16(const ToBf16& a) { std::transform(a.x, a.x + a.size, a.y, bf16_of); }

void from_bf16(const FromBf16& a) { std::transform(a.x, a.x + a.size, a.y, f32_of); }

}  // namespace graft::reference
