// Convolutions and matrix products of VGG16.
#include "bench/cases.h"

namespace graft::bench {
namespace {

Conv2dShape shape(const ConvLayer& l, Sizes s) {
  return {s.batch, s.image(l.size), s.image(l.size), s.channels(l.c), s.channels(l.k), 3, 3};
}

template <class Args>
std::vector<Case<Args>> conv_cases(Sizes s) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers) all.push_back({l.name, {.at = shape(l, s)}});
  return all;
}

// Forward, as each layer, and where a pool follows once more with the pool in it.
template <class Args>
std::vector<Case<Args>> forward_cases(Sizes s) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers) {
    all.push_back({l.name, {.at = shape(l, s), .relu = true}});
    if (l.pooled) all.push_back({std::string(l.name) + "+pool", {.at = shape(l, s), .relu = true, .pool = true}});
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<Conv2d>> cases<Conv2d>(Sizes s) {
  return forward_cases<Conv2d>(s);
}
void bind(Conv2d& a, Memory& m) {
  a.x = m.activations(a.at.x_size()), a.w = m.noise(a.at.w_size()), a.bias = m.noise(a.at.k);
  a.y = m.output(a.y_size());
}

template <>
std::vector<Case<Conv2dBf16>> cases<Conv2dBf16>(Sizes s) {
  auto all = forward_cases<Conv2dBf16>(s);
  all[0].args.at.c = 4;  // images in bf16 have a fourth channel of zeros
  return all;
}
void bind(Conv2dBf16& a, Memory& m) {
  a.x = m.activations_bf16(a.at.x_size()), a.w = m.noise_bf16(a.at.w_size()), a.bias = m.noise(a.at.k);
  a.y = m.output_bf16(a.y_size());
}

template <>
std::vector<Case<Conv2dGradInput>> cases<Conv2dGradInput>(Sizes s) {
  return conv_cases<Conv2dGradInput>(s);
}
void bind(Conv2dGradInput& a, Memory& m) {
  a.dy = m.noise(a.at.y_size()), a.w = m.noise(a.at.w_size());
  a.dx = m.output(a.at.x_size());
}

template <>
std::vector<Case<Conv2dGradWeight>> cases<Conv2dGradWeight>(Sizes s) {
  return conv_cases<Conv2dGradWeight>(s);
}
void bind(Conv2dGradWeight& a, Memory& m) {
  a.dy = m.noise(a.at.y_size()), a.x = m.activations(a.at.x_size());
  a.dw = m.output(a.at.w_size()), a.db = m.output(a.at.k);
}

// Forward, gradient of the weights and gradient of the input of each dense layer; a square product in all four
// transposes.
template <>
std::vector<Case<Gemm>> cases<Gemm>(Sizes s) {
  std::vector<Case<Gemm>> all;
  for (const DenseLayer& l : kDenseLayers) {
    const int in = s.features(l.in), out = s.features(l.out);
    all.push_back({l.name, {.m = s.batch, .n = out, .k = in}});
    all.push_back({std::string(l.name) + "_dw", {.m = in, .n = out, .k = s.batch, .ta = true}});
    all.push_back({std::string(l.name) + "_dx", {.m = s.batch, .n = in, .k = out, .tb = true}});
  }
  const int side = s.small ? 64 : 1024;
  for (bool ta : {false, true})
    for (bool tb : {false, true})
      all.push_back({fmt::format("square_{}{}", ta ? 't' : 'n', tb ? 't' : 'n'),
                     {.m = side, .n = side, .k = side, .ta = ta, .tb = tb}});
  return all;
}
void bind(Gemm& a, Memory& m) {
  a.a = m.noise(int64_t{a.m} * a.k), a.b = m.noise(int64_t{a.k} * a.n);
  a.c = m.output(int64_t{a.m} * a.n);
}

}  // namespace graft::bench
