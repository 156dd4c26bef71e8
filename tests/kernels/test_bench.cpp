// The arithmetic of the benchmarks: floors and shares, ceilings from data sheets, and the check of a variant's numbers.
#include <doctest/doctest.h>

#include <limits>

#include "bench/check.h"
#include "bench/roofline.h"
#include "bench/timing.h"
#include "kernels/testing/vgg_shapes.h"

using namespace graft;
using namespace graft::bench;
using graft::test::Sizes;

namespace {

Ceilings known() {
  Ceilings c;
  c.copy = {3e12, "measured"};
  c.of(Precision::bf16) = {800e12, "measured"};
  return c;
}

}  // namespace

TEST_CASE("bench: the floor is the larger of the times for arithmetic and for traffic") {
  // A convolution of VGG16's fourth block, 64 images in bf16: bound by arithmetic.
  const Utilization compute = utilization({237e9, 0.108e9, Precision::bf16}, 592.5e-6, known());
  CHECK(compute.floor == doctest::Approx(296.25e-6));
  CHECK(compute.of_floor == doctest::Approx(0.5));
  CHECK(compute.compute == doctest::Approx(0.5));
  CHECK(compute.memory == doctest::Approx(0.0608).epsilon(0.01));
  CHECK_FALSE(compute.by_memory);
  // The first layer: bound by the copy rate.
  const Utilization memory = utilization({11.1e9, 0.43e9, Precision::bf16}, 286.7e-6, known());
  CHECK(memory.by_memory);
  CHECK(memory.of_floor == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("bench: without a ceiling there is no share and no floor") {
  const Utilization w = utilization({1e9, 1e6, Precision::f32}, 1e-3, known());  // no product in f32 was measured
  CHECK(w.compute == 0);
  CHECK(w.floor == 0);
  CHECK(w.of_floor == 0);
  CHECK(w.memory > 0);
}

TEST_CASE("bench: data sheets fill gaps and never replace measurements") {
  Ceilings c = known();
  fill_gaps(c, "NVIDIA H100 80GB HBM3");
  CHECK(c.of(Precision::bf16).rate == 800e12);
  CHECK(c.copy.source == "measured");
  CHECK(c.of(Precision::tf32).rate == doctest::Approx(494.7e12));
  CHECK(c.of(Precision::tf32).source == "data sheet: H100 80GB HBM3");
  Ceilings unknown;
  fill_gaps(unknown, "some device");
  CHECK(unknown.copy.rate == 0);
}

TEST_CASE("bench: a given product is used if it is faster, and must be valid") {
  Ceilings c = known();
  take_given(c, "bf16=900000");
  take_given(c, "tf32=400000.5");
  CHECK(c.of(Precision::bf16).rate == doctest::Approx(900e12));
  CHECK(c.of(Precision::bf16).source == "given");
  CHECK(c.of(Precision::tf32).rate == doctest::Approx(400000.5e9));
  take_given(c, "bf16=1");
  CHECK(c.of(Precision::bf16).rate == doctest::Approx(900e12));
  for (const char* bad : {"bf16", "bf16=", "bf16=x", "bf16=1x", "bf16=-1", "bf16=0", "bf16=nan", "fp8=3", ""})
    CHECK_THROWS_AS(take_given(c, bad), Error);
}

TEST_CASE("bench: wrong numbers are detected") {
  const std::vector<Sample> want = {{false, {3, 4}}, {true, {1, 2}}};
  CHECK(difference(want, want, 0) == "");
  CHECK(difference({{false, {3, 4.0001f}}, {true, {1, 2}}}, want, 1e-4) == "");
  CHECK(difference({{false, {3, 4.1f}}, {true, {1, 2}}}, want, 1e-4) != "");
  CHECK(difference({{false, {3, 4}}, {true, {1, 3}}}, want, 1e-1) != "");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(difference({{false, {3, nan}}, {true, {1, 2}}}, want, 1) != "");
  CHECK_FALSE(finite({{false, {1, nan}}}));
  const std::vector<Sample> zeros = {{false, {0, 0}}};
  CHECK(difference(zeros, zeros, 0) == "");
  CHECK(difference({{false, {0, 1}}}, zeros, 0.1) != "");
  CHECK(difference({}, zeros, 1) != "");
  CHECK(difference({{false, {0}}}, zeros, 1) != "");
}

TEST_CASE("bench: cases have the same names at every size") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  const Sizes full{128, false}, small{1, true};
  CHECK(full.image(224) == 224);
  CHECK(small.image(224) == 32);
  CHECK(small.image(14) == 2);  // still large enough for a pool
  CHECK(small.channels(3) == 3);
  CHECK(small.channels(512) == 64);
}
