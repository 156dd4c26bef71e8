// Convolutions and matrix products of VGG16.
#include <fmt/core.h>

#include "kernels/testing/cases.h"

namespace graft::test {
namespace {

Conv2dShape shape(const ConvLayer& l, Sizes s) {
  return {s.batch, s.image(l.size), s.image(l.size), s.channels(l.c), s.channels(l.k), 3, 3};
}

// Forward, as each layer, and where a pool follows also with the pool fused.
template <class Args, class T>
std::vector<Case<Args>> forward_cases(Sizes s) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers) {
    Args a{.at = shape(l, s),
           .x = wanted<T>(),
           .w = wanted<T>(),
           .bias = wanted<float>(),
           .y = wanted<T>(),
           .relu = true};
    all.push_back({l.name, a, {Fill::active}});
    a.pool = true;
    if (l.pooled) all.push_back({std::string(l.name) + "+pool", a, {Fill::active}});
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<Conv2d>> vgg_cases<Conv2d>(Sizes s) {
  return forward_cases<Conv2d, float>(s);
}

template <>
std::vector<Case<Conv2dBf16>> vgg_cases<Conv2dBf16>(Sizes s) {
  auto all = forward_cases<Conv2dBf16, Bf16>(s);
  all[0].args.at.c = 4;  // images in bf16 have a fourth channel of zeros
  return all;
}

template <>
std::vector<Case<Conv2dGradInput>> vgg_cases<Conv2dGradInput>(Sizes s) {
  std::vector<Case<Conv2dGradInput>> all;
  for (const ConvLayer& l : kConvLayers)
    all.push_back(
        {l.name, {.at = shape(l, s), .dy = wanted<float>(), .w = wanted<float>(), .dx = wanted<float>()}});
  return all;
}

template <>
std::vector<Case<Conv2dGradWeight>> vgg_cases<Conv2dGradWeight>(Sizes s) {
  std::vector<Case<Conv2dGradWeight>> all;
  for (const ConvLayer& l : kConvLayers)
    all.push_back({l.name,
                   {.at = shape(l, s),
                    .dy = wanted<float>(),
                    .x = wanted<float>(),
                    .dw = wanted<float>(),
                    .db = wanted<float>()}});
  return all;
}

// Forward, gradient of the weights and gradient of the input of each dense layer; a square product in all four
// transposes.
template <>
std::vector<Case<Gemm>> vgg_cases<Gemm>(Sizes s) {
  std::vector<Case<Gemm>> all;
  const auto add = [&](std::string name, int m, int n, int k, bool ta, bool tb) {
    all.push_back({std::move(name),
                   {.m = m,
                    .n = n,
                    .k = k,
                    .ta = ta,
                    .tb = tb,
                    .a = wanted<float>(),
                    .b = wanted<float>(),
                    .c = wanted<float>()}});
  };
  for (const DenseLayer& l : kDenseLayers) {
    const int in = s.features(l.in), out = s.features(l.out);
    add(l.name, s.batch, out, in, false, false);
    add(std::string(l.name) + "_dw", in, out, s.batch, true, false);
    add(std::string(l.name) + "_dx", s.batch, in, out, false, true);
  }
  const int side = s.small ? 64 : 1024;
  for (bool ta : {false, true})
    for (bool tb : {false, true})
      add(fmt::format("square_{}{}", ta ? 't' : 'n', tb ? 't' : 'n'), side, side, side, ta, tb);
  return all;
}

}  // namespace graft::test
