// The memory-bound ops, at the sizes of VGG16's first and last block, and of the default head's parameters.
#include "bench/cases.h"

namespace graft::bench {
namespace {

constexpr int64_t kBlock1 = 224 * 224 * 64, kHead = int64_t{25088} * 1024;

template <class Args>
std::vector<Case<Args>> sized(const char* name, int64_t size) {
  return {{name, {.size = size}}};
}

template <class Args>
std::vector<Case<Args>> pooled(Sizes s) {
  std::vector<Case<Args>> all;
  for (const ConvLayer& l : kConvLayers)
    if (l.pooled)
      all.push_back({std::string(l.name, 6) + "_pool",
                     {.n = s.batch, .h = s.image(l.size), .w = s.image(l.size), .c = s.channels(l.k)}});
  return all;
}

template <class Args>
std::vector<Case<Args>> averaged(Sizes s) {
  return {{"7x7x512", {.n = s.batch, .h = 7, .w = 7, .c = s.channels(512)}}};
}

template <class Args>
std::vector<Case<Args>> prepared(Sizes s) {
  return {{"224x224", {.pixels = s.batch * s.elements(224 * 224)}}};
}

template <class Args>
int64_t area(const Args& a, int by = 1) {
  return int64_t{a.n} * (a.h / by) * (a.w / by) * a.c;
}

}  // namespace

template <>
std::vector<Case<Relu>> cases<Relu>(Sizes s) {
  return sized<Relu>("block1", s.batch * s.elements(kBlock1));
}
void bind(Relu& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output(a.size); }

template <>
std::vector<Case<ReluGrad>> cases<ReluGrad>(Sizes s) {
  return sized<ReluGrad>("block1", s.batch * s.elements(kBlock1));
}
void bind(ReluGrad& a, Memory& m) { a.y = m.noise(a.size), a.dy = m.noise(a.size), a.dx = m.output(a.size); }

template <>
std::vector<Case<Add>> cases<Add>(Sizes s) {
  return sized<Add>("block1", s.batch * s.elements(kBlock1));
}
void bind(Add& a, Memory& m) { a.x = m.noise(a.size, 0, 1e-3f), a.y = m.changed(a.size); }

template <>
std::vector<Case<Scale>> cases<Scale>(Sizes s) {
  return {{"head", {.size = s.elements(kHead), .factor = 1 - 1e-9}}};  // so that x stays what it is
}
void bind(Scale& a, Memory& m) { a.x = m.changed(a.size); }

template <>
std::vector<Case<L2Norm>> cases<L2Norm>(Sizes s) {
  return sized<L2Norm>("head", s.elements(kHead));
}
void bind(L2Norm& a, Memory& m) { a.x = m.noise(a.size), a.norm = m.output(1); }

template <>
std::vector<Case<BiasGrad>> cases<BiasGrad>(Sizes s) {
  return {{"1024", {.rows = s.batch, .k = s.features(1024)}},
          {"block1", {.rows = s.batch * s.image(224) * s.image(224), .k = s.channels(64)}}};
}
void bind(BiasGrad& a, Memory& m) { a.dy = m.noise(int64_t{a.rows} * a.k), a.db = m.output(a.k); }

template <>
std::vector<Case<Dropout>> cases<Dropout>(Sizes s) {
  return {{"25088", {.size = s.batch * s.elements(25088), .rate = 0.5f}}};
}
void bind(Dropout& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output(a.size); }

template <>
std::vector<Case<MaxPool>> cases<MaxPool>(Sizes s) {
  return pooled<MaxPool>(s);
}
void bind(MaxPool& a, Memory& m) {
  a.x = m.activations(area(a)), a.y = m.output(area(a, 2));
  a.argmax = m.output_bytes(argmax_bytes(area(a, 2) / a.c, a.c));
}

template <>
std::vector<Case<MaxPoolGrad>> cases<MaxPoolGrad>(Sizes s) {
  return pooled<MaxPoolGrad>(s);
}
void bind(MaxPoolGrad& a, Memory& m) {
  a.dy = m.noise(area(a, 2)), a.dx = m.output(area(a));
  a.argmax = m.bytes(argmax_bytes(area(a, 2) / a.c, a.c));
}

template <>
std::vector<Case<GlobalAvgPool>> cases<GlobalAvgPool>(Sizes s) {
  return averaged<GlobalAvgPool>(s);
}
void bind(GlobalAvgPool& a, Memory& m) { a.x = m.noise(area(a)), a.y = m.output(int64_t{a.n} * a.c); }

template <>
std::vector<Case<GlobalAvgPoolGrad>> cases<GlobalAvgPoolGrad>(Sizes s) {
  return averaged<GlobalAvgPoolGrad>(s);
}
void bind(GlobalAvgPoolGrad& a, Memory& m) { a.dy = m.noise(int64_t{a.n} * a.c), a.dx = m.output(area(a)); }

template <>
std::vector<Case<SoftmaxLoss>> cases<SoftmaxLoss>(Sizes s) {
  return {{"4", {.rows = s.batch, .classes = 4}}, {"1000", {.rows = s.batch, .classes = 1000}}};
}
void bind(SoftmaxLoss& a, Memory& m) {
  const int64_t size = int64_t{a.rows} * a.classes;
  a.logits = m.noise(size, -5, 5), a.label = m.whole(a.rows, a.classes);
  a.loss = m.output(a.rows), a.probs = m.output(size), a.dlogits = m.output(size);
}

template <>
std::vector<Case<Adam>> cases<Adam>(Sizes s) {
  return {{"head", {.size = s.elements(kHead), .lr = 1e-4f, .t = 1}}};
}
void bind(Adam& a, Memory& m) {
  a.w = m.changed(a.size), a.m = m.changed(a.size), a.v = m.changed(a.size, 0, 1), a.g = m.noise(a.size);
}

template <>
std::vector<Case<Sgd>> cases<Sgd>(Sizes s) {
  return {{"head", {.size = s.elements(kHead), .lr = 1e-4f, .momentum = 0.9f}}};
}
void bind(Sgd& a, Memory& m) { a.w = m.changed(a.size), a.velocity = m.changed(a.size), a.g = m.noise(a.size); }

template <>
std::vector<Case<PrepareImages>> cases<PrepareImages>(Sizes s) {
  return prepared<PrepareImages>(s);
}
void bind(PrepareImages& a, Memory& m) { a.rgb = m.bytes(3 * a.pixels), a.x = m.output(3 * a.pixels); }

template <>
std::vector<Case<PrepareImagesBf16>> cases<PrepareImagesBf16>(Sizes s) {
  return prepared<PrepareImagesBf16>(s);
}
void bind(PrepareImagesBf16& a, Memory& m) { a.rgb = m.bytes(3 * a.pixels), a.x = m.output_bf16(4 * a.pixels); }

template <>
std::vector<Case<ToBf16>> cases<ToBf16>(Sizes s) {
  return sized<ToBf16>("block1", s.batch * s.elements(kBlock1));
}
void bind(ToBf16& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output_bf16(a.size); }

template <>
std::vector<Case<FromBf16>> cases<FromBf16>(Sizes s) {
  return sized<FromBf16>("block1", s.batch * s.elements(kBlock1));
}
void bind(FromBf16& a, Memory& m) { a.x = m.noise_bf16(a.size), a.y = m.output(a.size); }

}  // namespace graft::bench
