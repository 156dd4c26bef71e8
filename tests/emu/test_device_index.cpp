// The index maps of the device kernels, checked on the host: implicit GEMM, swizzles, split sums.
#include <doctest/doctest.h>

#include <array>
#include <set>

#include "kernels/device/index.h"
#include "kernels/device/split.cuh"

using namespace graft::emu;

TEST_CASE("implicit GEMM: rows are the pixels in memory order") {
  for (const auto [n, rows, cols] : {std::array{1, 1, 1}, {2, 3, 5}, {3, 7, 1}, {2, 1, 9}}) {
    int index = 0;
    for (int i = 0; i < n; ++i)
      for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
          const Pixel at = pixel_of(index++, rows, cols);
          CHECK((at.n == i && at.row == row && at.col == col));
        }
    CHECK(pixel_of(index, rows, cols).n == n);  // the first index past the end is recognised by its image
  }
}

TEST_CASE("implicit GEMM: inner indices are the taps of a filter in memory order") {
  for (const auto [r, s, c] : {std::array{1, 1, 1}, {3, 3, 4}, {3, 1, 5}, {1, 4, 2}}) {
    int index = 0;
    for (int i = 0; i < r; ++i)
      for (int j = 0; j < s; ++j)
        for (int l = 0; l < c; ++l) {
          const Tap tap = tap_of(index++, s, c);
          CHECK((tap.r == i && tap.s == j && tap.c == l));
        }
    CHECK(tap_of(index, s, c).r == r);
  }
}

TEST_CASE("swizzle: a bijection on a tile that keeps groups of four together") {
  for (const int outers : {64, 128}) {
    std::set<int> along_inner, along_outer;
    for (int outer = 0; outer < outers; ++outer)
      for (int inner = 0; inner < 32; ++inner) {
        along_inner.insert(swizzle_along_inner(outer, inner));
        along_outer.insert(swizzle_along_outer(outer, inner, outers));
        CHECK(swizzle_along_inner(outer, inner) == swizzle_along_inner(outer, inner / 4 * 4) + inner % 4);
        CHECK(swizzle_along_outer(outer, inner, outers) ==
              swizzle_along_outer(outer / 4 * 4, inner, outers) + outer % 4);
      }
    for (const auto* all : {&along_inner, &along_outer}) {
      CHECK(all->size() == size_t(outers) * 32);
      CHECK(*all->begin() == 0);
      CHECK(*all->rbegin() == outers * 32 - 1);
    }
  }
}

// Reads of 16 bytes are served eight lanes at a time, reads of 4 bytes all 32: each must cover all 32 banks.
TEST_CASE("swizzle: reads of a warp have no bank conflicts") {
  for (int base = 0; base < 64; base += 8)
    for (int k = 0; k < 32; k += 16) {
      for (int quarter = 0; quarter < 4; ++quarter) {
        std::set<int> banks;
        for (int lane = quarter * 8; lane < quarter * 8 + 8; ++lane)
          banks.insert(swizzle_along_inner(base + lane / 4, k + lane % 4 * 4) % 32);
        CHECK(banks.size() == 8);
      }
      for (int j = 0; j < 4; ++j) {
        std::set<int> banks;
        for (int lane = 0; lane < 32; ++lane)
          banks.insert(swizzle_along_outer(base + lane / 4, k + lane % 4 * 4 + j, 64) % 32);
        CHECK(banks.size() == 32);
      }
    }
}

TEST_CASE("implicit GEMM: rows with a pool cover every output pixel of every window once") {
  for (const int pool_row_stride : {1, 8})
    for (const auto [n, rows, cols] : {std::array{1, 1, 1}, {2, 3, 5}, {3, 1, 7}, {1, 9, 9}}) {
      const int windows = n * rows * cols;
      const auto count = static_cast<int>(conv_rows(windows, pool_row_stride));
      CHECK(count % (4 * pool_row_stride) == 0);
      std::set<std::array<int, 3>> seen;
      for (int row = 0; row < count; ++row) {
        const WindowPart at = window_of(row, pool_row_stride);
        if (row / pool_row_stride % 4 == 0)  // the other pixels of this window
          for (int part = 1; part < 4; ++part) {
            const WindowPart other = window_of(row + part * pool_row_stride, pool_row_stride);
            CHECK((other.window == at.window && other.part == part));
          }
        const Pixel p = conv_pixel(row, rows, cols, pool_row_stride);
        CHECK((p.n < n) == (at.window < windows));
        if (p.n >= n) continue;
        CHECK((p.row / 2 * cols + p.col / 2 + p.n * rows * cols) == at.window);
        CHECK((p.row % 2 * 2 + p.col % 2) == at.part);
        seen.insert({p.n, p.row, p.col});
      }
      CHECK(seen.size() == size_t(windows) * 4);
      CHECK(conv_rows(windows, 0) == windows);
      const Pixel plain = conv_pixel(windows - 1, rows, cols, 0);
      CHECK((plain.n == n - 1 && plain.row == rows - 1 && plain.col == cols - 1));
    }
}

// Eight lanes are served at a time: copies write eight adjacent chunks, ldmatrix reads one chunk of each of eight rows.
TEST_CASE("swizzle: a bijection on bf16 tiles, without bank conflicts") {
  const auto banks = [](int element) { return element * 2 / 4 % 32 / 4; };  // groups of four
  for (const int chunks : {8, 16, 32}) {
    std::set<int> all;
    for (int row = 0; row < 64; ++row)
      for (int chunk = 0; chunk < chunks; ++chunk) all.insert(swizzle_bf16(row, chunk, chunks));
    CHECK(all.size() == size_t(chunks) * 64);
    CHECK(*all.rbegin() == (chunks * 64 - 1) * 8);
    for (int row = 0; row < 64; row += 8)
      for (int chunk = 0; chunk < chunks; chunk += 8)
        for (int i = 0; i < 8; ++i) {
          std::set<int> written, read;
          for (int lane = 0; lane < 8; ++lane) {
            written.insert(banks(swizzle_bf16(row + i, chunk + lane, chunks)));
            read.insert(banks(swizzle_bf16(row + lane, chunk + i, chunks)));
          }
          CHECK(written.size() == 8);
          CHECK(read.size() == 8);
        }
  }
}

TEST_CASE("split sums: the parts cover the whole, in whole steps, and none is empty") {
  for (const int64_t total : {1, 255, 256, 257, 511, 512, 1031, 25088, 3211264})
    for (const int64_t tiles : {1, 3, 36, 263, 264, 100000})
      for (const int64_t step : {1, 8, 32}) {
        const Split split = split_of(total, tiles, 256, step);
        CHECK(split.length % step == 0);
        CHECK(split.parts * split.length >= total);
        CHECK((split.parts - 1) * split.length < total);
        if (tiles >= 264 || total < 512) CHECK(split.parts == 1);
      }
}
