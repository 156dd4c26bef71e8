// Rounding errors on data as in VGG's deep layers: 512 channels after a ReLU, He weights. The cases of the other
// tests are small; long sums over channels or pixels, and transforms with cancellation, lose more.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>

#include "kernels/reference/reference.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/rows.h"

using namespace graft;
using namespace graft::test;

namespace {

std::vector<float> normal(int64_t size, float scale, uint32_t seed, bool relu) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> draw(0, scale);
  std::vector<float> values(static_cast<size_t>(size));
  for (float& v : values) {
    v = draw(bits);
    if (relu) v = std::max(v, 0.0f);
  }
  return values;
}

// make(in1, in2, out) returns Args with two inputs and one output. Returns the CPU variants that ran, with their
// instruction set: "winograd AVX2".
template <class Make>
std::set<std::string> check_variants(const std::vector<float>& in1, const std::vector<float>& in2, size_t size,
                                     const Make& make) {
  std::vector<float> want(size);
  reference::run(make(in1.data(), in2.data(), want.data()));
  std::set<std::string> ran;
  for_each_row(in1, in2, size, make, [&](const Ran& row, const std::vector<float>& got) {
    const Comparison c = compare(got, want, tolerance(row.precision));
    CHECK_MESSAGE(c.ok(), row.name(), ": ", c.report());
    MESSAGE(row.name(), fmt::format(": {:.2g}", c.error));
    if (row.target) ran.insert(fmt::format("{} {}", row.variant, target_name(row.target)));
  });
  return ran;
}

// For tests of the rounding in Winograd's transforms.
void check_winograd_ran(const std::set<std::string>& rows) {
  for (int64_t target : targets_of(cpu_backend()))
    CHECK_MESSAGE(rows.count(fmt::format("winograd {}", target_name(target))) == 1, target_name(target));
}

}  // namespace

TEST_CASE("accuracy: convolutions of 512 channels after a ReLU, and their input gradients") {
  const Conv2dShape at{1, 11, 8, 512, 24, 3, 3};
  const float he = std::sqrt(2.0f / (9 * 512));
  const std::vector<float> x = normal(at.x_size(), 1, 1, true), w = normal(at.w_size(), he, 2, false);
  check_winograd_ran(
      check_variants(x, w, static_cast<size_t>(at.y_size()), [&](const float* in, const float* filters, float* y) {
        return Conv2d{at, in, filters, nullptr, y};
      }));
  const Conv2dShape back{1, 11, 8, 24, 512, 3, 3};
  const std::vector<float> dy = normal(back.y_size(), 1, 3, false), w2 = normal(back.w_size(), he, 4, false);
  check_winograd_ran(check_variants(dy, w2, static_cast<size_t>(back.x_size()),
                                    [&](const float* in, const float* filters, float* dx) {
                                      return Conv2dGradInput{back, in, filters, dx};
                                    }));
}

TEST_CASE("accuracy: filter gradients, summed over the pixels of a large image") {
  const Conv2dShape at{1, 78, 81, 32, 32, 3, 3};
  const std::vector<float> dy = normal(at.y_size(), 1, 5, false), x = normal(at.x_size(), 1, 6, true);
  check_winograd_ran(check_variants(dy, x, static_cast<size_t>(at.w_size()),
                                    [&](const float* gradient, const float* in, float* dw) {
                                      return Conv2dGradWeight{at, gradient, in, dw};
                                    }));
}
