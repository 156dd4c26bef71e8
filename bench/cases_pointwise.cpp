// The memory-bound ops, at the sizes of VGG16's first and last block, and of the default head's parameters.
#include "bench/cases.h"

namespace graft::bench {
namespace {

constexpr int64_t kBlock1 = 224 * 224 * 64, kHead = int64_t{25088} * 1024;

template <class Args>
std::vector<Case<Args>> sized(int64_t size) {
  Args a{};
  a.size = size;
  return {{std::to_string(size), a}};
}

template <class Args>
std::vector<Case<Args>> pooled(int batch) {
  std::vector<Case<Args>> all;
  for (const auto& [size, c] : {std::pair{224, 64}, {112, 128}, {56, 256}, {28, 512}, {14, 512}}) {
    Args a{};
    a.n = batch, a.h = a.w = size, a.c = c;
    all.push_back({fmt::format("{0}x{0}x{1}", size, c), a});
  }
  return all;
}

template <class Args>
int64_t area(const Args& a, int by = 1) {
  return int64_t{a.n} * (a.h / by) * (a.w / by) * a.c;
}

}  // namespace

template <>
std::vector<Case<Relu>> cases<Relu>(int batch) {
  return sized<Relu>(batch * kBlock1);
}
void bind(Relu& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output(a.size); }

template <>
std::vector<Case<ReluGrad>> cases<ReluGrad>(int batch) {
  return sized<ReluGrad>(batch * kBlock1);
}
void bind(ReluGrad& a, Memory& m) { a.y = m.noise(a.size), a.dy = m.noise(a.size), a.dx = m.output(a.size); }

template <>
std::vector<Case<Add>> cases<Add>(int batch) {
  return sized<Add>(batch * kBlock1);
}
void bind(Add& a, Memory& m) { a.x = m.noise(a.size, 0, 1e-3f), a.y = m.noise(a.size); }

template <>
std::vector<Case<BiasGrad>> cases<BiasGrad>(int batch) {
  return {{"1024", {.rows = batch, .k = 1024}}, {"block1", {.rows = batch * 224 * 224, .k = 64}}};
}
void bind(BiasGrad& a, Memory& m) { a.dy = m.noise(int64_t{a.rows} * a.k), a.db = m.output(a.k); }

template <>
std::vector<Case<Dropout>> cases<Dropout>(int batch) {
  auto all = sized<Dropout>(batch * int64_t{25088});
  all[0].args.rate = 0.5f;
  return all;
}
void bind(Dropout& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output(a.size); }

template <>
std::vector<Case<MaxPool>> cases<MaxPool>(int batch) {
  return pooled<MaxPool>(batch);
}
void bind(MaxPool& a, Memory& m) {
  a.x = m.noise(area(a)), a.y = m.output(area(a, 2)), a.argmax = m.bytes(argmax_bytes(area(a, 2) / a.c, a.c));
}

template <>
std::vector<Case<MaxPoolGrad>> cases<MaxPoolGrad>(int batch) {
  return pooled<MaxPoolGrad>(batch);
}
void bind(MaxPoolGrad& a, Memory& m) {
  a.dy = m.noise(area(a, 2)), a.argmax = m.bytes(argmax_bytes(area(a, 2) / a.c, a.c)), a.dx = m.output(area(a));
}

template <>
std::vector<Case<GlobalAvgPool>> cases<GlobalAvgPool>(int batch) {
  return {{"7x7x512", {.n = batch, .h = 7, .w = 7, .c = 512}}};
}
void bind(GlobalAvgPool& a, Memory& m) { a.x = m.noise(area(a)), a.y = m.output(int64_t{a.n} * a.c); }

template <>
std::vector<Case<GlobalAvgPoolGrad>> cases<GlobalAvgPoolGrad>(int batch) {
  return {{"7x7x512", {.n = batch, .h = 7, .w = 7, .c = 512}}};
}
void bind(GlobalAvgPoolGrad& a, Memory& m) { a.dy = m.noise(int64_t{a.n} * a.c), a.dx = m.output(area(a)); }

template <>
std::vector<Case<SoftmaxLoss>> cases<SoftmaxLoss>(int batch) {
  return {{"4", {.rows = batch, .classes = 4}}, {"1000", {.rows = batch, .classes = 1000}}};
}
void bind(SoftmaxLoss& a, Memory& m) {
  const int64_t size = int64_t{a.rows} * a.classes;
  a.logits = m.noise(size, -5, 5), a.label = m.whole(a.rows, a.classes);
  a.loss = m.output(a.rows), a.probs = m.output(size), a.dlogits = m.output(size);
}

template <>
std::vector<Case<Adam>> cases<Adam>(int) {
  return {{"head", {.size = kHead, .lr = 1e-4f, .t = 1}}};
}
void bind(Adam& a, Memory& m) {
  a.w = m.noise(a.size), a.g = m.noise(a.size), a.m = m.noise(a.size), a.v = m.noise(a.size, 0, 1);
}

template <>
std::vector<Case<Sgd>> cases<Sgd>(int) {
  return {{"head", {.size = kHead, .lr = 1e-4f, .momentum = 0.9f}}};
}
void bind(Sgd& a, Memory& m) { a.w = m.noise(a.size), a.g = m.noise(a.size), a.velocity = m.noise(a.size); }

template <>
std::vector<Case<PrepareImages>> cases<PrepareImages>(int batch) {
  return {{"224x224", {.pixels = int64_t{batch} * 224 * 224}}};
}
void bind(PrepareImages& a, Memory& m) { a.rgb = m.bytes(3 * a.pixels), a.x = m.output(3 * a.pixels); }

template <>
std::vector<Case<PrepareImagesBf16>> cases<PrepareImagesBf16>(int batch) {
  return {{"224x224", {.pixels = int64_t{batch} * 224 * 224}}};
}
void bind(PrepareImagesBf16& a, Memory& m) { a.rgb = m.bytes(3 * a.pixels), a.x = m.output_bf16(4 * a.pixels); }

template <>
std::vector<Case<ToBf16>> cases<ToBf16>(int batch) {
  return sized<ToBf16>(batch * kBlock1);
}
void bind(ToBf16& a, Memory& m) { a.x = m.noise(a.size), a.y = m.output_bf16(a.size); }

template <>
std::vector<Case<FromBf16>> cases<FromBf16>(int batch) {
  return sized<FromBf16>(batch * kBlock1);
}
void bind(FromBf16& a, Memory& m) { a.x = m.noise_bf16(a.size), a.y = m.output(a.size); }

}  // namespace graft::bench
