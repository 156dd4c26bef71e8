// The memory-bound ops, at the sizes of VGG16's first and last block, and of the default head's parameters.
#include "kernels/testing/cases.h"

namespace graft::test {
namespace {

constexpr int64_t kBlock1 = 224 * 224 * 64, kHead = int64_t{25088} * 1024;

float* f32() { return wanted<float>(); }

template <class Args>
std::vector<Case<Args>> pooled(Sizes s, const Args& pointers) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers) {
    if (!l.pooled) continue;
    Args a = pointers;
    a.n = s.batch, a.h = a.w = s.image(l.size), a.c = s.channels(l.k);
    all.push_back({std::string(l.name, 6) + "_pool", a, {Fill::active}});
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<Relu>> vgg_cases<Relu>(Sizes s) {
  return {{"block1", {.size = s.batch * s.elements(kBlock1), .x = f32(), .y = wanted<float, 1>()}}};
}

template <>
std::vector<Case<ReluGrad>> vgg_cases<ReluGrad>(Sizes s) {
  return {{"block1", {.size = s.batch * s.elements(kBlock1), .y = f32(), .dy = f32(), .dx = wanted<float, 1>()}}};
}

template <>
std::vector<Case<Add>> vgg_cases<Add>(Sizes s) {
  return {{"block1", {.size = s.batch * s.elements(kBlock1), .x = f32(), .y = f32()}}};
}

template <>
std::vector<Case<Scale>> vgg_cases<Scale>(Sizes s) {
  return {{"head", {.size = s.elements(kHead), .factor = 1 - 1e-9, .x = f32()}}};  // x stays what it is
}

template <>
std::vector<Case<L2Norm>> vgg_cases<L2Norm>(Sizes s) {
  return {{"head", {.size = s.elements(kHead), .x = f32(), .norm = f32()}}};
}

template <>
std::vector<Case<BiasGrad>> vgg_cases<BiasGrad>(Sizes s) {
  return {
      {"1024", {.rows = s.batch, .k = s.features(1024), .dy = f32(), .db = f32()}},
      {"block1", {.rows = s.batch * s.image(224) * s.image(224), .k = s.channels(64), .dy = f32(), .db = f32()}}};
}

template <>
std::vector<Case<Dropout>> vgg_cases<Dropout>(Sizes s) {
  return {{"25088",
           {.size = s.batch * s.elements(25088),
            .rate = 0.5f,
            .seed = 1,
            .stream = 1,
            .x = f32(),
            .y = wanted<float, 1>()}}};
}

template <>
std::vector<Case<MaxPool>> vgg_cases<MaxPool>(Sizes s) {
  return pooled<MaxPool>(s, {.x = f32(), .y = f32(), .argmax = wanted<uint8_t>()});
}

template <>
std::vector<Case<MaxPoolGrad>> vgg_cases<MaxPoolGrad>(Sizes s) {
  return pooled<MaxPoolGrad>(s, {.dy = f32(), .argmax = wanted<uint8_t>(), .dx = f32()});
}

template <>
std::vector<Case<GlobalAvgPool>> vgg_cases<GlobalAvgPool>(Sizes s) {
  return {{"7x7x512", {.n = s.batch, .h = 7, .w = 7, .c = s.channels(512), .x = f32(), .y = f32()}}};
}

template <>
std::vector<Case<GlobalAvgPoolGrad>> vgg_cases<GlobalAvgPoolGrad>(Sizes s) {
  return {{"7x7x512", {.n = s.batch, .h = 7, .w = 7, .c = s.channels(512), .dy = f32(), .dx = f32()}}};
}

template <>
std::vector<Case<SoftmaxLoss>> vgg_cases<SoftmaxLoss>(Sizes s) {
  const auto of = [&](int classes) {
    return SoftmaxLoss{.rows = s.batch,
                       .classes = classes,
                       .logits = f32(),
                       .label = wanted<int32_t>(),
                       .loss = f32(),
                       .probs = f32(),
                       .dlogits = f32()};
  };
  SoftmaxLoss smoothed = of(1000);
  smoothed.smoothing = 0.1f, smoothed.class_weight = f32();
  return {{"4", of(4)}, {"1000", of(1000)}, {"1000_smoothed", smoothed}};
}

template <>
std::vector<Case<Adam>> vgg_cases<Adam>(Sizes s) {
  return {
      {"head", {.size = s.elements(kHead), .w = f32(), .m = f32(), .v = f32(), .g = f32(), .lr = 1e-4f, .t = 1}}};
}

template <>
std::vector<Case<Sgd>> vgg_cases<Sgd>(Sizes s) {
  return {{"head",
           {.size = s.elements(kHead), .w = f32(), .velocity = f32(), .g = f32(), .lr = 1e-4f, .momentum = 0.9f}}};
}

template <>
std::vector<Case<PrepareImages>> vgg_cases<PrepareImages>(Sizes s) {
  return {{"224x224", {.pixels = s.batch * s.elements(224 * 224), .rgb = wanted<uint8_t>(), .x = f32()}}};
}

template <>
std::vector<Case<PrepareImagesBf16>> vgg_cases<PrepareImagesBf16>(Sizes s) {
  return {{"224x224", {.pixels = s.batch * s.elements(224 * 224), .rgb = wanted<uint8_t>(), .x = wanted<Bf16>()}}};
}

template <>
std::vector<Case<ToBf16>> vgg_cases<ToBf16>(Sizes s) {
  return {{"block1", {.size = s.batch * s.elements(kBlock1), .x = f32(), .y = wanted<Bf16>()}}};
}

template <>
std::vector<Case<FromBf16>> vgg_cases<FromBf16>(Sizes s) {
  return {{"block1", {.size = s.batch * s.elements(kBlock1), .x = wanted<Bf16>(), .y = f32()}}};
}

}  // namespace graft::test
