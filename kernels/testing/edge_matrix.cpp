// Cases of the matrix ops: gemm and the three convolutions.
#include <span>

#include "kernels/testing/cases.h"

namespace graft::test {
namespace {

struct Product {
  int m, n, k;
};
// One, primes, below, at and above common tile sizes, and the shapes of a head (small m, long k).
constexpr Product kGemmSizes[] = {{1, 1, 1},      {1, 10, 1031}, {2, 3, 5},     {5, 7, 1},    {7, 1, 33},
                                  {13, 17, 19},   {15, 16, 64},  {16, 15, 63},  {16, 16, 16}, {17, 31, 65},
                                  {31, 33, 67},   {32, 5, 1031}, {64, 64, 64},  {65, 63, 64}, {3, 130, 257},
                                  {129, 67, 100}, {6, 48, 300},  {1, 1024, 77}, {200, 20, 3}, {113, 129, 321},
                                  {14, 32, 256},  {15, 33, 385}, {1, 515, 333}};

// n h w c, k r s, pad stride
constexpr Conv2dShape kConvShapes[] = {
    {1, 1, 1, 1, 1, 3, 3, 1, 1},
    {1, 1, 1, 64, 64, 3, 3, 1, 1},
    {1, 2, 3, 3, 64, 3, 3, 1, 1},
    {3, 2, 3, 64, 3, 3, 3, 1, 1},
    {3, 5, 7, 5, 3, 3, 3, 1, 1},
    {1, 5, 7, 64, 67, 3, 3, 1, 1},
    {1, 13, 13, 64, 67, 3, 3, 1, 1},
    {3, 13, 13, 3, 64, 3, 3, 1, 1},
    {1, 13, 13, 67, 64, 3, 3, 1, 1},
    {3, 13, 13, 1, 67, 3, 3, 1, 1},
    {1, 14, 14, 96, 33, 3, 3, 1, 1},
    {2, 7, 7, 64, 64, 3, 3, 1, 1},
    {1, 3, 100, 3, 64, 3, 3, 1, 1},
    {1, 33, 4, 16, 16, 3, 3, 1, 1},
    {1, 5, 7, 64, 64, 1, 1, 0, 1},
    {3, 5, 7, 5, 67, 1, 1, 0, 1},
    {1, 13, 13, 3, 3, 5, 5, 2, 1},
    {3, 7, 7, 5, 1, 5, 5, 0, 1},
    {1, 13, 13, 5, 64, 3, 3, 1, 2},
    {3, 13, 13, 3, 67, 3, 3, 0, 2},
    {1, 5, 7, 64, 3, 3, 3, 0, 1},
    {1, 13, 13, 3, 64, 5, 5, 2, 2},
    {1, 7, 9, 5, 3, 3, 1, 1, 1},
    {1, 7, 9, 5, 3, 1, 3, 0, 3},
    {1, 5, 5, 3, 5, 3, 3, 2, 1},
    {1, 13, 13, 64, 64, 1, 1, 0, 2},
    {2, 3, 3, 5, 7, 3, 3, 0, 1},
    // Several blocks of rows, of columns, of channels, of filters; filters too large for some; more padding than
    // filter.
    {2, 9, 60, 9, 70, 3, 3, 1, 1},
    {1, 2, 230, 3, 5, 3, 3, 1, 1},
    {1, 9, 15, 130, 65, 3, 3, 1, 1},
    {1, 15, 29, 65, 129, 3, 3, 1, 1},
    {1, 20, 17, 7, 20, 13, 4, 5, 1},
    {1, 6, 6, 9, 3, 3, 3, 4, 1},
    {2, 8, 10, 9, 6, 3, 2, 1, 3},
    // Tiles of 4x4 outputs that extend past the image by one to three, that span two images or several tasks;
    // several chunks of channels; every padding that 3x3 filters allow and one more.
    {3, 5, 7, 64, 67, 3, 3, 1, 1},
    {3, 13, 13, 67, 17, 3, 3, 1, 1},
    {1, 28, 28, 16, 64, 3, 3, 1, 1},
    {5, 8, 4, 17, 130, 3, 3, 1, 1},
    {1, 7, 10, 290, 20, 3, 3, 1, 1},
    {2, 14, 15, 20, 33, 3, 3, 0, 1},
    {1, 11, 6, 33, 35, 3, 3, 2, 1},
    {1, 6, 8, 19, 16, 3, 3, 3, 1},
    {1, 12, 9, 16, 21, 3, 3, 5, 1},
    // Channels and filters in multiples of eight, for tensor cores: tails of their tiles, of 64 channels, of
    // windows.
    {2, 5, 7, 8, 16, 3, 3, 1, 1},
    {1, 17, 10, 72, 136, 3, 3, 1, 1},
    {3, 6, 9, 64, 64, 3, 3, 1, 1},
    {1, 9, 7, 24, 72, 2, 3, 1, 2},
    // A pixel of four channels: the first layer of a frozen trunk.
    {1, 1, 1, 4, 64, 3, 3, 1, 1},
    {2, 19, 37, 4, 64, 3, 3, 1, 1},
    {1, 35, 6, 4, 72, 3, 3, 0, 1},
    // Images: several blocks of rows with tails on both sides of a tile; a filter that is wider than high.
    {1, 40, 60, 3, 33, 3, 3, 1, 1},
    {2, 5, 31, 2, 35, 2, 4, 3, 1},
    // Two shares of the tiles in the gradient of the filters.
    {1, 2, 132, 33, 35, 3, 3, 1, 1},
};

// Where sums and blocks of Winograd's convolution in 512 channels meet: 210 tiles in two blocks, and filters in two
// groups; channels in three chunks. For the gradient of the input, channels and filters are swapped.
constexpr Conv2dShape kDeepShapes[] = {{15, 5, 27, 515, 35, 3, 3, 1, 1}, {1, 7, 7, 580, 259, 3, 3, 1, 1}};

// Gradients of filters: several shares of 32 tiles; two shares, each of more tiles than are multiplied together.
constexpr Conv2dShape kManyTiles[] = {{3, 29, 31, 33, 35, 3, 3, 1, 1}, {11, 7, 9, 130, 193, 3, 3, 1, 1}};

constexpr Conv2dShape kWholeImages[] = {{1, 224, 224, 3, 64, 3, 3, 1, 1}, {1, 224, 224, 64, 5, 3, 3, 1, 1}};

struct Shape {
  Conv2dShape at;
  bool emulated = true;
};

// One image and three, of any of these sizes, channels and filters. The emulator gets each pair of channels once.
void add_all_combinations(std::vector<Shape>& all) {
  constexpr int kSides[][2] = {{1, 1}, {2, 3}, {5, 7}, {13, 13}}, kChannels[] = {3, 5, 64, 67};
  for (const auto& [h, w] : kSides)
    for (int c : kChannels)
      for (int k : kChannels)
        for (int n : {1, 3}) {
          const bool emulated = n == 3 && h == 2;
          if (emulated || !kFew) all.push_back({{n, h, w, c, k, 3, 3, 1, 1}, emulated});
        }
}

std::vector<Shape> conv_shapes(std::span<const Conv2dShape> large) {
  std::vector<Shape> all;
  for (const Conv2dShape& s : kConvShapes) all.push_back({s});
  add_all_combinations(all);
  if (!kFew)
    for (const Conv2dShape& s : kWholeImages) all.push_back({s, false});
  for (const Conv2dShape& s : large) all.push_back({s, false});
  return all;
}

std::string text(const Conv2dShape& s) {
  return fmt::format("n{} {}x{}x{} k{} {}x{} pad {} stride {}", s.n, s.h, s.w, s.c, s.k, s.r, s.s, s.pad, s.stride);
}

}  // namespace

template <>
std::vector<Case<Gemm>> edge_cases<Gemm>() {
  std::vector<Case<Gemm>> all;
  for (const Product& s : kGemmSizes)
    for (int i = 0; i < 4; ++i) {
      Gemm a = {s.m, s.n, s.k, i % 2 == 1, i / 2 == 1, wanted<float>(), wanted<float>(), nullptr, wanted<float>()};
      const size_t option = all.size() % 5;
      if (option == 4) a.accumulate = true;
      if (option == 1 || option == 3) a.bias = wanted<float>();
      a.relu = option == 2 || option == 3;
      all.push_back({fmt::format("{}x{}x{} ta {} tb {} bias {} relu {} accumulate {}", a.m, a.n, a.k, a.ta, a.tb,
                                 a.bias != nullptr, a.relu, a.accumulate),
                     a});
    }
  return all;
}

namespace {

template <class Args, class T>
std::vector<Case<Args>> forward_cases(std::span<const Conv2dShape> large) {
  std::vector<Case<Args>> all;
  const auto add = [&](Args a, bool emulated) {
    const size_t option = all.size() % 4;
    if (option != 1) a.bias = wanted<float>();
    a.relu = option == 0 || option == 1;
    all.push_back({fmt::format("{} bias {} relu {} pool {}", text(a.at), a.bias != nullptr, a.relu, a.pool),
                   a,
                   {Fill::active},
                   emulated});
  };
  for (const auto& [s, emulated] : conv_shapes(large)) {
    Args a = {s, wanted<T>(), wanted<T>(), nullptr, wanted<T>()};
    add(a, emulated);
    a.pool = true;
    if (s.p() >= 2 && s.q() >= 2) add(a, emulated);
  }
  return all;
}

}  // namespace

template <>
std::vector<Case<Conv2d>> edge_cases<Conv2d>() {
  return forward_cases<Conv2d, float>(kDeepShapes);
}
template <>
std::vector<Case<Conv2dBf16>> edge_cases<Conv2dBf16>() {
  return forward_cases<Conv2dBf16, Bf16>({});
}
template <>
std::vector<Case<Conv2dGradInput>> edge_cases<Conv2dGradInput>() {
  std::vector<Case<Conv2dGradInput>> all;
  std::vector<Conv2dShape> turned(std::begin(kDeepShapes), std::end(kDeepShapes));
  for (Conv2dShape& s : turned) std::swap(s.c, s.k);
  for (const auto& [s, emulated] : conv_shapes(turned))
    all.push_back({text(s), {s, wanted<float>(), wanted<float>(), wanted<float>()}, {}, emulated});
  return all;
}

template <>
std::vector<Case<Conv2dGradWeight>> edge_cases<Conv2dGradWeight>() {
  std::vector<Case<Conv2dGradWeight>> all;
  for (const auto& [s, emulated] : conv_shapes(kManyTiles)) {
    Conv2dGradWeight a = {s, wanted<float>(), wanted<float>(), wanted<float>()};
    const size_t option = all.size() % 4;
    if (option != 1) a.db = wanted<float>();
    a.accumulate = option == 1 || option == 2;
    all.push_back({fmt::format("{} db {} accumulate {}", text(s), a.db != nullptr, a.accumulate), a, {}, emulated});
  }
  return all;
}

}  // namespace graft::test
