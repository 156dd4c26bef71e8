// Every tile size of conv2d_bf16 on tensor cores: a program runs only the one selected for its sizes, and the selection
// must not change the result. So all tiles must give the same bits, under every schedule, and the right ones.
#include <doctest/doctest.h>

#include <array>

#include "kernels/device/launchers.h"
#include "kernels/reference/reference.h"
#include "kernels/testing/cases.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/buffers.h"
#include "tests/kernels/emulator.h"

using namespace graft;
using namespace graft::test;

namespace {

// n h w c, k r s, pad stride: tails in rows, filters and channels of each tile; several images in one tile; more and
// fewer steps than stages; taps of one image next to those of the next.
constexpr Conv2dShape kShapes[] = {
    {1, 2, 2, 8, 8, 1, 1, 0, 1},      {1, 9, 15, 8, 72, 3, 3, 1, 1},   {3, 5, 7, 72, 136, 3, 3, 1, 1},
    {2, 13, 11, 64, 264, 2, 2, 1, 1}, {1, 17, 16, 72, 64, 1, 3, 1, 1}, {5, 4, 5, 200, 24, 2, 2, 0, 1},
    {2, 15, 19, 16, 128, 4, 4, 3, 2},
};

std::vector<Output> run(const Conv2dBf16& shape, int tile) {
  Buffers buffers(emu_backend(), 1);
  Conv2dBf16 a = shape;
  bind(a, {Fill::active}, buffers);
  validate(a);
  Stream stream;
  if (tile < 0) {
    reference::run(a);
  } else {
    emu::conv2d_bf16_mma(a, tile, stream);
  }
  CHECK(buffers.fetch() == "");
  return buffers.outputs();
}

}  // namespace

TEST_CASE("conv2d_bf16: every tile gives the same bits, and the right ones") {
  std::array<int, 2> seen{};
  for (const Conv2dShape& s : kShapes)
    for (const bool pool : {false, true}) {
      if (pool && (s.p() < 2 || s.q() < 2)) continue;
      ++seen[pool];
      const Conv2dBf16 a = {s, wanted<Bf16>(), wanted<Bf16>(), wanted<float>(), wanted<Bf16>(), s.c != 64, pool};
      REQUIRE(emu::conv2d_bf16_mma_supports(a, {}));
      const std::vector<Output> want = run(a, -1), first = run(a, 0);
      const Comparison c = compare(first[0].floats(), want[0].floats(), tolerance(Precision::bf16));
      CHECK_MESSAGE(c.ok(), s.h, "x", s.w, "x", s.c, " to ", s.k, " pool ", pool, ": ", c.report());
      for (int tile = 1; tile < emu::kConvBf16Tiles; ++tile) CHECK(run(a, tile) == first);
      if (s.k != 136) continue;
      const WithSettings shuffled({emu::Schedule::shuffled, 3});
      for (int tile = 0; tile < emu::kConvBf16Tiles; ++tile) CHECK(run(a, tile) == first);
    }
  CHECK(seen[0] > 0);
  CHECK(seen[1] > 0);
}

TEST_CASE("conv2d_bf16: the tile fits the layers of VGG16") {
  const auto tile = [](int n, int side, int c, int k, bool pool) {
    return emu::conv2d_bf16_mma_tile(
        {{n, side, side, c, k, 3, 3, 1, 1}, nullptr, nullptr, nullptr, nullptr, true, pool});
  };
  enum { k256x128, k128x256, k256x64, k128x128, k64x64 };
  CHECK(tile(64, 224, 64, 64, true) == k256x64);
  CHECK(tile(64, 112, 64, 128, false) == k256x128);
  CHECK(tile(64, 112, 128, 128, true) == k256x128);
  CHECK(tile(64, 14, 512, 512, false) ==
        k128x128);                                // 196 tiles of 256x128 would need two waves for the work of 1.5
  CHECK(tile(1, 14, 512, 512, false) == k64x64);  // one image: small tiles instead of idle SMs
}

TEST_CASE("conv2d_bf16: sizes that the tensor cores do not support are declined") {
  alignas(16) static Bf16 memory[16];
  const auto supports = [&](Conv2dShape s, const Bf16* x) {
    return emu::conv2d_bf16_mma_supports({s, x, memory, nullptr, memory}, {});
  };
  CHECK(supports({1, 8, 8, 8, 8, 3, 3, 1, 1}, memory));
  CHECK_FALSE(supports({1, 8, 8, 8, 8, 3, 3, 1, 1}, memory + 4));
  CHECK_FALSE(supports({1, 8, 8, 12, 8, 3, 3, 1, 1}, memory));
  CHECK_FALSE(supports({1, 8, 8, 8, 12, 3, 3, 1, 1}, memory));
  CHECK_FALSE(supports({1, 8, 8, 8, 8, 3, 11, 1, 1}, memory));          // more than 32 taps
  CHECK_FALSE(supports({1, 40000, 40000, 8, 8, 3, 3, 1, 1}, memory));   // offsets within an image
  CHECK_FALSE(supports({1 << 20, 64, 64, 64, 8, 3, 3, 1, 1}, memory));  // rows
  CHECK(supports({600, 224, 224, 64, 64, 3, 3, 1, 1}, memory));         // elements beyond 2^31 are no problem
}
