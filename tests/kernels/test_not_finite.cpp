// One infinity or NaN among the inputs of a convolution: every variant shows it in all outputs that depend on it,
// spreads it no further than kernels/api/ops.h allows, and computes the others normally.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "kernels/reference/reference.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/rows.h"

using namespace graft;
using namespace graft::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kBad[] = {kInf, -kInf, kNan};

// Enough channels and filters for Winograd in both gradients; partial tiles, odd numbers of everything.
constexpr Conv2dShape kAt{2, 11, 13, 35, 37, 3, 3};
constexpr int kImage = 1, kChannel = 33, kFilter = 36, kTap = 5;  // where the bad value is

struct Pixel {
  int row, column;
};
// Every position in a Winograd tile in each direction; some affect only one row or column of its outputs.
constexpr Pixel kPixels[] = {{6, 3}, {8, 4}, {7, 9}, {1, 6}};

std::vector<float> noise(int64_t size, uint32_t state) {
  std::vector<float> values(static_cast<size_t>(size));
  for (float& v : values) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
  }
  return values;
}

// Whether output `index` of an image, with pixels `scale` apart, may share a tile with the bad pixel.
bool near(Pixel bad, int64_t index, int64_t channels, int64_t height, int64_t width, int scale = 1) {
  const int64_t pixel = index / channels, n = pixel / (height * width);
  const int64_t row = pixel / width % height * scale, column = pixel % width * scale;
  return n == kImage && std::abs(row - bad.row) <= 5 && std::abs(column - bad.column) <= 5;
}

// Returns the index of element [kImage, row, column, channel].
int64_t element(Pixel at, int64_t height, int64_t width, int64_t channels, int64_t channel) {
  return ((kImage * height + at.row) * width + at.column) * channels + channel;
}
std::vector<float> with(std::vector<float> values, int64_t index, float bad) {
  values[static_cast<size_t>(index)] = bad;
  return values;
}
constexpr int64_t kWeight = (kTap * kAt.c + kChannel) * kAt.k + kFilter;

// spreads(i): whether output i may be NaN although it is finite mathematically.
template <class Make, class Spreads>
void check(const std::vector<float>& in1, const std::vector<float>& in2, int64_t size, const Make& make,
           const Spreads& spreads) {
  std::vector<float> want(static_cast<size_t>(size));
  reference::run(make(in1.data(), in2.data(), want.data()));
  int rows = 0;
  for_each_row(in1, in2, want.size(), make, [&](const Ran& row, const std::vector<float>& got) {
    if (!row.ours) return;
    ++rows;
    std::vector<float> finite_got, finite_want;
    int64_t bad = 0, hidden = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      if (!std::isfinite(want[i])) {
        ++bad;
        hidden += !std::isnan(got[i]) && got[i] != want[i];
      } else if (!std::isnan(got[i]) || !spreads(static_cast<int64_t>(i))) {
        finite_got.push_back(got[i]), finite_want.push_back(want[i]);
      }
    }
    CHECK_MESSAGE(bad > 0, row.name());
    CHECK_MESSAGE(hidden == 0, row.name());
    const Comparison c = compare(finite_got, finite_want, tolerance(row.precision));
    CHECK_MESSAGE(c.ok(), row.name(), ": ", c.report());
  });
  CHECK(rows > 0);
}

}  // namespace

TEST_CASE("not finite: a pixel of the input, or a tap of a filter") {
  const std::vector<float> x = noise(kAt.x_size(), 1), w = noise(kAt.w_size(), 2);
  for (const float bad : kBad)
    for (const bool pool : {false, true}) {
      CAPTURE(bad);
      CAPTURE(pool);
      const auto make = [&](const float* in, const float* filters, float* y) {
        return Conv2d{kAt, in, filters, nullptr, y, pool, pool};
      };
      const Conv2d shape = make(nullptr, nullptr, nullptr);
      for (const Pixel at : kPixels)
        check(with(x, element(at, kAt.h, kAt.w, kAt.c, kChannel), bad), w, shape.y_size(), make,
              [&](int64_t i) { return near(at, i, kAt.k, shape.rows(), shape.cols(), pool ? 2 : 1); });
      check(x, with(w, kWeight, bad), shape.y_size(), make, [](int64_t i) { return i % kAt.k == kFilter; });
    }
}

TEST_CASE("not finite: a pixel of the output gradient, or a tap of a filter") {
  const std::vector<float> dy = noise(kAt.y_size(), 3), w = noise(kAt.w_size(), 4);
  const auto make = [](const float* gradient, const float* filters, float* dx) {
    return Conv2dGradInput{kAt, gradient, filters, dx};
  };
  for (const float bad : kBad) {
    CAPTURE(bad);
    for (const Pixel at : kPixels)
      check(with(dy, element(at, kAt.p(), kAt.q(), kAt.k, kFilter), bad), w, kAt.x_size(), make,
            [&](int64_t i) { return near(at, i, kAt.c, kAt.h, kAt.w); });
    check(dy, with(w, kWeight, bad), kAt.x_size(), make, [](int64_t i) { return i % kAt.c == kChannel; });
  }
}

TEST_CASE("not finite: a pixel of either operand of the filter gradient") {
  const std::vector<float> dy = noise(kAt.y_size(), 5), x = noise(kAt.x_size(), 6);
  const auto make = [](const float* gradient, const float* in, float* dw) {
    return Conv2dGradWeight{kAt, gradient, in, dw};
  };
  for (const float bad : kBad)
    for (const Pixel at : kPixels) {
      CAPTURE(bad);
      check(with(dy, element(at, kAt.p(), kAt.q(), kAt.k, kFilter), bad), x, kAt.w_size(), make,
            [](int64_t i) { return i % kAt.k == kFilter; });
      check(dy, with(x, element(at, kAt.h, kAt.w, kAt.c, kChannel), bad), kAt.w_size(), make,
            [](int64_t i) { return i / kAt.k % kAt.c == kChannel; });
    }
}
