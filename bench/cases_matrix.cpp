// Convolutions and matrix products of VGG16.
#include "bench/cases.h"
#include "bench/vgg_shapes.h"

namespace graft::bench {
namespace {

template <class Args>
std::vector<Case<Args>> conv_cases(int batch) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers) {
    Args a{};
    a.at = {batch, l.size, l.size, l.c, l.k, 3, 3};
    all.push_back({l.name, a});
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<Conv2d>> cases<Conv2d>(int batch) {
  return conv_cases<Conv2d>(batch);
}
void bind(Conv2d& a, Memory& m) {
  a.x = m.noise(a.at.x_size(), 0, 1), a.w = m.noise(a.at.w_size()), a.bias = m.noise(a.at.k);
  a.y = m.output(a.y_size());
  a.relu = true;
}

template <>
std::vector<Case<Conv2dBf16>> cases<Conv2dBf16>(int batch) {
  return conv_cases<Conv2dBf16>(batch);
}
void bind(Conv2dBf16& a, Memory& m) {
  a.x = m.noise_bf16(a.at.x_size(), 0, 1), a.w = m.noise_bf16(a.at.w_size()), a.bias = m.noise(a.at.k);
  a.y = m.output_bf16(a.y_size());
  a.relu = true;
}

template <>
std::vector<Case<Conv2dGradInput>> cases<Conv2dGradInput>(int batch) {
  return conv_cases<Conv2dGradInput>(batch);
}
void bind(Conv2dGradInput& a, Memory& m) {
  a.dy = m.noise(a.at.y_size()), a.w = m.noise(a.at.w_size());
  a.dx = m.output(a.at.x_size());
}

template <>
std::vector<Case<Conv2dGradWeight>> cases<Conv2dGradWeight>(int batch) {
  return conv_cases<Conv2dGradWeight>(batch);
}
void bind(Conv2dGradWeight& a, Memory& m) {
  a.dy = m.noise(a.at.y_size()), a.x = m.noise(a.at.x_size(), 0, 1);
  a.dw = m.output(a.at.w_size()), a.db = m.output(a.at.k);
}

// Forward, gradient of the weights and gradient of the input of each dense layer; one square product.
template <>
std::vector<Case<Gemm>> cases<Gemm>(int batch) {
  std::vector<Case<Gemm>> all;
  const auto add = [&](const std::string& name, int m, int n, int k, bool ta, bool tb) {
    Gemm a{};
    a.m = m, a.n = n, a.k = k, a.ta = ta, a.tb = tb;
    all.push_back({name, a});
  };
  for (const DenseLayer& l : kDenseLayers) {
    add(l.name, batch, l.out, l.in, false, false);
    add(std::string(l.name) + "_dw", l.in, l.out, batch, true, false);
    add(std::string(l.name) + "_dx", batch, l.in, l.out, false, true);
  }
  add("square_1024", 1024, 1024, 1024, false, false);
  return all;
}
void bind(Gemm& a, Memory& m) {
  a.a = m.noise(int64_t{a.m} * a.k), a.b = m.noise(int64_t{a.k} * a.n);
  a.c = m.output(int64_t{a.m} * a.n);
}

}  // namespace graft::bench
