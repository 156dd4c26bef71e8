// The kernels around variants of other libraries, in the emulator.
#include <doctest/doctest.h>

#include "kernels/device/rearrange.h"
#include "tests/kernels/emulator.h"

using namespace graft;
using namespace graft::test;

namespace {

std::vector<float> numbers(int count) {
  std::vector<float> v(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) v[static_cast<size_t>(i)] = static_cast<float>(i % 97 - 48);
  return v;
}

}  // namespace

TEST_CASE("rearrange: filters are transposed, even with partial tiles") {
  Stream stream;
  for (const auto& [rows, columns] : {std::pair(27, 64), {1, 1}, {32, 32}, {33, 65}, {100, 3}, {1, 70}})
    for (const bool accumulate : {false, true})
      for (const emu::Settings& order : kSchedules) {
        const WithSettings now(order);
        const std::vector<float> x = numbers(rows * columns), before(x.size(), 1000);
        const EmuBuffer from(x), to(before);
        emu::transpose({rows, columns, from, to, accumulate}, stream);
        const std::vector<float> got = to.values();
        int wrong = 0;
        for (int r = 0; r < rows; ++r)
          for (int c = 0; c < columns; ++c)
            wrong += got[size_t(c * rows + r)] != x[size_t(r * columns + c)] + (accumulate ? 1000 : 0);
        CHECK(wrong == 0);
      }
}

TEST_CASE("rearrange: a bias is added and ReLU applied, together or alone") {
  Stream stream;
  constexpr int kRows = 37, kN = 11;
  const std::vector<float> y = numbers(kRows * kN), bias = numbers(kN);
  const EmuBuffer b(bias);
  for (const bool with_bias : {false, true})
    for (const bool relu : {false, true}) {
      const EmuBuffer out(y);
      emu::add_bias({kRows, kN, with_bias ? static_cast<float*>(b) : nullptr, out, relu}, stream);
      const std::vector<float> got = out.values();
      for (int i = 0; i < kRows * kN; ++i) {
        const float sum = y[size_t(i)] + (with_bias ? bias[size_t(i % kN)] : 0);
        REQUIRE(got[size_t(i)] == (relu && sum < 0 ? 0 : sum));
      }
    }
}
