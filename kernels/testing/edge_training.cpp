// Cases of the loss, the optimizers and the preparation of images.
#include "kernels/testing/cases.h"

namespace graft::test {

template <>
std::vector<Case<SoftmaxLoss>> edge_cases<SoftmaxLoss>() {
  constexpr int kSizes[][2] = {{1, 1}, {1, 2}, {3, 4}, {32, 4}, {7, 67}, {33, 1000}, {1, 1021}};
  std::vector<Case<SoftmaxLoss>> all;
  for (const auto& [rows, classes] : kSizes)
    for (int want = 1; want < 8; ++want) {  // bits: loss, probs, dlogits
      SoftmaxLoss a = {rows, classes, wanted<float>()};
      if (want & 1) a.loss = wanted<float>();
      if (want & 2) a.probs = wanted<float>();
      if (want & 4) a.dlogits = wanted<float>();
      if (want != 2) a.label = wanted<int32_t>();
      a.scale = want == 7 ? 1.0f / float(rows) : 1.0f;
      all.push_back({fmt::format("{}x{} outputs {:03b}", rows, classes, want), a});
    }
  for (const auto& [rows, classes] : kSizes)
    for (float smoothing : {0.0f, 0.1f, 0.875f})
      for (bool weights : {false, true}) {
        if (smoothing == 0 && !weights) continue;  // as above
        SoftmaxLoss a = {
            rows, classes, wanted<float>(), wanted<int32_t>(), wanted<float>(), wanted<float>(), wanted<float>()};
        a.scale = 1.0f / float(rows), a.smoothing = smoothing;
        a.class_weight = weights ? wanted<float>() : nullptr;
        all.push_back({fmt::format("{}x{} smoothing {} weights {}", rows, classes, smoothing, weights), a});
      }
  return all;
}

template <>
std::vector<Case<Adam>> edge_cases<Adam>() {
  struct Options {
    float lr, beta1, beta2, eps, decay;
    int64_t t;
  };
  // A rate of 1 makes the step as large as the weight, so that an error in it shows in w.
  constexpr Options kOptions[] = {{1, 0.9f, 0.999f, 1e-7f, 0, 1},       {1, 0.9f, 0.999f, 1e-8f, 0.01f, 2},
                                  {1, 0.9f, 0.999f, 0.1f, 0, 3},        {1e-4f, 0.9f, 0.999f, 1e-7f, 0, 1000},
                                  {1, 0.5f, 0.9f, 1e-3f, 0.5f, 100000}, {1, 0, 0, 1e-3f, 0, 7}};
  constexpr int64_t kSizes[] = {1, 15, 16, 17, 1021, 16384, 50021};
  std::vector<Case<Adam>> all;
  for (int64_t n : kSizes)
    for (const Options& o : kOptions) {
      const auto form = (all.size() + all.size() / 6) % 2 ? EpsilonForm::pytorch : EpsilonForm::keras;
      all.push_back({fmt::format("{} lr {} beta {} {} eps {} decay {} t {} form {}", n, o.lr, o.beta1, o.beta2,
                                 o.eps, o.decay, o.t, int(form)),
                     {n, wanted<float>(), wanted<float>(), wanted<float>(), wanted<float>(), o.lr, o.beta1, o.beta2,
                      o.eps, o.decay, o.t, form}});
    }
  for (EpsilonForm form : {EpsilonForm::keras, EpsilonForm::pytorch})
    all.push_back({"no gradient yet",
                   {67, wanted<float>(), wanted<float>(), wanted<float>(), wanted<float>(), 1, 0.9f, 0.999f, 1e-7f,
                    0, 1, form},
                   {Fill::zeros}});
  return all;
}

template <>
std::vector<Case<Sgd>> edge_cases<Sgd>() {
  constexpr int64_t kSizes[] = {1, 15, 16, 17, 1021, 16385, 50021};
  std::vector<Case<Sgd>> all;
  for (int64_t n : kSizes)
    for (float momentum : {0.0f, 0.9f})
      for (float decay : {0.0f, 0.25f}) {
        Sgd a = {n,    wanted<float>(), momentum > 0 ? wanted<float>() : nullptr, wanted<float>(), 0.5f, momentum,
                 decay};
        all.push_back({fmt::format("{} momentum {} decay {}", n, momentum, decay), a});
      }
  all.push_back({"velocity without momentum", {31, wanted<float>(), wanted<float>(), wanted<float>(), 0.5f}});
  return all;
}

namespace {

template <class Args, class T>
std::vector<Case<Args>> prepare_cases() {
  constexpr int64_t kPixels[] = {1, 2, 5, 16, 67, 224 * 224, 5461, 5462};
  std::vector<Case<Args>> all;
  for (int64_t n : kPixels) {
    all.push_back(
        {fmt::format("{} caffe", n), {n, wanted<uint8_t>(), wanted<T>(), true, 1, {103.939f, 116.779f, 123.68f}}});
    all.push_back({fmt::format("{} torchvision", n),
                   {n,
                    wanted<uint8_t>(),
                    wanted<T>(),
                    false,
                    1 / 255.0f,
                    {0.485f, 0.456f, 0.406f},
                    {0.229f, 0.224f, 0.225f}}});
    all.push_back({fmt::format("{} tutorial", n), {n, wanted<uint8_t>(), wanted<T>(), false, 1 / 255.0f}});
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<PrepareImages>> edge_cases<PrepareImages>() {
  return prepare_cases<PrepareImages, float>();
}

template <>
std::vector<Case<PrepareImagesBf16>> edge_cases<PrepareImagesBf16>() {
  return prepare_cases<PrepareImagesBf16, Bf16>();
}

}  // namespace graft::test
