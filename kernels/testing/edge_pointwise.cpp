// Cases of the memory-bound ops.
#include <cmath>

#include "kernels/api/philox.h"
#include "kernels/testing/cases.h"

namespace graft::test {
namespace {

// One, around vector widths, primes, around the chunk that a thread takes.
constexpr int64_t kSizes[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 67, 1021, 16383, 16384, 16385, 50021};

struct Image {
  int n, h, w, c;
};
constexpr Image kPooled[] = {{1, 2, 2, 1},    {1, 2, 3, 3},    {3, 3, 2, 5},    {1, 5, 7, 64},
                             {3, 13, 13, 67}, {2, 4, 6, 16},   {1, 14, 14, 17}, {1, 2, 97, 31},
                             {5, 7, 7, 8},    {1, 33, 2, 130}, {2, 64, 64, 33}};
constexpr Image kAveraged[] = {{1, 1, 1, 1},   {1, 1, 1, 67},  {3, 2, 3, 5},   {1, 7, 7, 512},   {3, 13, 13, 67},
                               {2, 16, 16, 8}, {1, 17, 31, 3}, {1, 257, 1, 2}, {1, 100, 101, 33}};

std::string text(const Image& s) { return fmt::format("n{} {}x{}x{}", s.n, s.h, s.w, s.c); }

}  // namespace

template <>
std::vector<Case<Relu>> edge_cases<Relu>() {
  std::vector<Case<Relu>> all;
  for (int64_t n : kSizes) {
    all.push_back({fmt::format("{}", n), {n, wanted<float>(), wanted<float, 1>()}, {Fill::wild}});
    all.push_back({fmt::format("{} in place", n), {n, wanted<float>(), wanted<float>()}});
  }
  return all;
}

template <>
std::vector<Case<ReluGrad>> edge_cases<ReluGrad>() {
  std::vector<Case<ReluGrad>> all;
  for (int64_t n : kSizes) {
    all.push_back({fmt::format("{}", n), {n, wanted<float>(), wanted<float>(), wanted<float, 1>()}, {Fill::wild}});
    all.push_back(
        {fmt::format("{} in place", n), {n, wanted<float>(), wanted<float>(), wanted<float>()}, {Fill::active}});
  }
  return all;
}

template <>
std::vector<Case<Add>> edge_cases<Add>() {
  std::vector<Case<Add>> all;
  for (int64_t n : kSizes) all.push_back({fmt::format("{}", n), {n, wanted<float>(), wanted<float>()}});
  return all;
}

template <>
std::vector<Case<Scale>> edge_cases<Scale>() {
  std::vector<Case<Scale>> all;
  for (int64_t n : kSizes)
    for (double factor : {0.3, 1 - 1e-7, -1e-20})
      all.push_back({fmt::format("{} factor {}", n, factor), {n, factor, wanted<float>()}, {Fill::wild}});
  return all;
}

template <>
std::vector<Case<L2Norm>> edge_cases<L2Norm>() {
  // Also around the parts that a GPU block sums, and more of them than a block adds at once.
  constexpr int64_t kNorms[] = {1, 3, 4, 5, 1023, 1024, 1025, 16383, 16385, 50021, 300001};
  std::vector<Case<L2Norm>> all;
  for (int64_t n : kNorms) all.push_back({fmt::format("{}", n), {n, wanted<float>(), wanted<float>()}});
  // Longer parts than one step of a block.
  all.push_back({"more than a step a part", {(1 << 20) + 2049, wanted<float>(), wanted<float>()}, {}, false});
  all.push_back({"nothing but zeros", {67, wanted<float>(), wanted<float>()}, {Fill::zeros}});
  return all;
}

template <>
std::vector<Case<BiasGrad>> edge_cases<BiasGrad>() {
  constexpr int kRowsK[][2] = {{1, 1},   {1, 67},   {67, 1},    {32, 1024}, {255, 5},
                               {256, 8}, {257, 16}, {1021, 17}, {5000, 3}};
  std::vector<Case<BiasGrad>> all;
  for (const auto& [rows, k] : kRowsK)
    for (bool accumulate : {false, true})
      all.push_back({fmt::format("{}x{} accumulate {}", rows, k, accumulate),
                     {rows, k, wanted<float>(), wanted<float>(), accumulate}});
  return all;
}

template <>
std::vector<Case<Dropout>> edge_cases<Dropout>() {
  constexpr float kRates[] = {0, 0.5f, 0.2f, 0.999f, 1e-7f};
  std::vector<Case<Dropout>> all;
  for (int64_t n : kSizes) {
    const size_t i = all.size();
    const float rate = kRates[i % std::size(kRates)];
    const bool in_place = i % 2;
    all.push_back({fmt::format("{} rate {} in place {}", n, rate, in_place),
                   {n, rate, 0x123456789ABCDEF0u + i, i << 33 | 7, wanted<float>(),
                    in_place ? wanted<float>() : wanted<float, 1>()}});
  }
  // The largest rate that keeps element 0, and the next one, which is not a multiple of 2^-24 as it is below 1/2.
  const float first = uniform01(philox_at(11, 7, 0));
  for (float rate : {first, std::nextafter(first, 1.0f)})
    all.push_back({fmt::format("5 rate {:.9g}", rate), {5, rate, 11, 7, wanted<float>(), wanted<float, 1>()}});
  return all;
}

template <>
std::vector<Case<MaxPool>> edge_cases<MaxPool>() {
  std::vector<Case<MaxPool>> all;
  for (const Image& s : kPooled)
    for (bool argmax : {false, true})
      for (Fill::Kind kind : {Fill::active, Fill::wild})
        all.push_back({fmt::format("{} argmax {} fill {}", text(s), argmax, int{kind}),
                       {s.n, s.h, s.w, s.c, wanted<float>(), wanted<float>(), argmax ? wanted<uint8_t>() : nullptr},
                       {kind}});
  return all;
}

template <>
std::vector<Case<MaxPoolGrad>> edge_cases<MaxPoolGrad>() {
  std::vector<Case<MaxPoolGrad>> all;
  for (const Image& s : kPooled)
    all.push_back({text(s), {s.n, s.h, s.w, s.c, wanted<float>(), wanted<uint8_t>(), wanted<float>()}});
  return all;
}

template <>
std::vector<Case<GlobalAvgPool>> edge_cases<GlobalAvgPool>() {
  std::vector<Case<GlobalAvgPool>> all;
  for (const Image& s : kAveraged)
    all.push_back({text(s), {s.n, s.h, s.w, s.c, wanted<float>(), wanted<float>()}, {Fill::active}});
  return all;
}

template <>
std::vector<Case<GlobalAvgPoolGrad>> edge_cases<GlobalAvgPoolGrad>() {
  std::vector<Case<GlobalAvgPoolGrad>> all;
  for (const Image& s : kAveraged) all.push_back({text(s), {s.n, s.h, s.w, s.c, wanted<float>(), wanted<float>()}});
  return all;
}

template <>
std::vector<Case<ToBf16>> edge_cases<ToBf16>() {
  std::vector<Case<ToBf16>> all;
  for (int64_t n : kSizes)
    for (Fill::Kind kind : {Fill::signal, Fill::wild})
      all.push_back({fmt::format("{} fill {}", n, int{kind}), {n, wanted<float>(), wanted<Bf16>()}, {kind}});
  return all;
}

template <>
std::vector<Case<FromBf16>> edge_cases<FromBf16>() {
  std::vector<Case<FromBf16>> all;
  for (int64_t n : kSizes)
    all.push_back({fmt::format("{}", n), {n, wanted<Bf16>(), wanted<float>()}, {Fill::wild}});
  return all;
}

}  // namespace graft::test
