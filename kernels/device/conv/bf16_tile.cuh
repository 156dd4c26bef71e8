// Tiles of bf16 in shared memory and their product on tensor cores. A warp has 64 columns and 32 or 64 rows: with
// 64x64 sums in registers, 16 KB read from shared memory feed 64 multiplications of 16x8x16, which is half of what
// shared memory of an A100 can deliver in that time. Fragments are loaded one step of 16 ahead of their
// multiplication.
#pragma once
#include "kernels/device/index.h"
#include "kernels/device/mma.cuh"
#include "kernels/device/vector4.cuh"

namespace graft::DEVICE_NS {

// kSubM: mma tiles of 16 rows per warp, even, so that a thread holds whole pooling windows. kBlocks: the number of
// blocks that an SM should hold, which bounds the registers.
template <int kWarpsM_, int kWarpsN_, int kSubM_, int kStages_, int kBlocks_>
struct Bf16Tile {
  static constexpr int kWarpsM = kWarpsM_, kWarpsN = kWarpsN_, kSubM = kSubM_, kSubN = 8;
  static constexpr int kWarpRows = kSubM * 16, kWarpCols = kSubN * 8;
  static constexpr int BM = kWarpsM * kWarpRows, BN = kWarpsN * kWarpCols, BK = 64;
  static constexpr int kThreads = 32 * kWarpsM * kWarpsN, kStages = kStages_, kBlocks = kBlocks_;
  static constexpr int kLeft = BM * BK, kStage = (BM + BN) * BK;  // elements
  static_assert(kSubM % 2 == 0 && kStages >= 2 && BM * BN <= kStages * kStage);
};

// Where in a stage a lane reads: in bytes, one number for many reads, so that the rest is a constant in the
// instruction. A stage is a[BM, BK], then b[BK, BN].
template <class Tile>
struct Bf16Reads {
  unsigned a[Tile::BK / 16], b[Tile::kSubN / 2];
  DEVICE Bf16Reads() {
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const int row = warp / Tile::kWarpsN * Tile::kWarpRows + lane % 16, chunk = warp % Tile::kWarpsN * Tile::kSubN;
#pragma unroll
    for (int k = 0; k < Tile::BK / 16; ++k) a[k] = 2 * swizzle_bf16(row, k * 2 + lane / 16, Tile::BK / 8);
#pragma unroll
    for (int j = 0; j < Tile::kSubN / 2; ++j)
      b[j] = 2 * (Tile::kLeft + swizzle_bf16(lane % 16, chunk + 2 * j + lane / 16, Tile::BN / 8));
  }
};

// 16 inner indices of a warp's rows and columns.
template <class Tile>
struct Bf16Fragments {
  uint32_t a[Tile::kSubM][4], b[Tile::kSubN / 2][4];

  DEVICE void load(const unsigned char* stage, const Bf16Reads<Tile>& at, int k) {
#pragma unroll
    for (int j = 0; j < Tile::kSubN / 2; ++j) ldmatrix_x4_trans(b[j], stage + at.b[j] + k * 16 * Tile::BN * 2);
#pragma unroll
    for (int i = 0; i < Tile::kSubM; ++i) ldmatrix_x4(a[i], stage + at.a[k] + i * 16 * Tile::BK * 2);
  }

  DEVICE void multiply(float (&sum)[Tile::kSubM][Tile::kSubN][4]) const {
#pragma unroll
    for (int i = 0; i < Tile::kSubM; ++i)
#pragma unroll
      for (int j = 0; j < Tile::kSubN; ++j) {
        const uint32_t right[2] = {b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]};
        mma_m16n8k16_bf16(sum[i][j], a[i], right);
      }
  }
};

// The sums start from the bias: `bias` is that of the warp's first column, or null; `cols` columns exist.
template <class Tile>
DEVICE void start_from_bias(const float* bias, int cols, float (&sum)[Tile::kSubM][Tile::kSubN][4]) {
#pragma unroll
  for (int j = 0; j < Tile::kSubN; ++j) {
    const int col = j * 8 + static_cast<int>(threadIdx.x) % 4 * 2;
    const bool there = bias && col < cols;
    const float x = there ? bias[col] : 0.0f, y = there ? bias[col + 1] : 0.0f;
#pragma unroll
    for (int i = 0; i < Tile::kSubM; ++i) sum[i][j][0] = sum[i][j][2] = x, sum[i][j][1] = sum[i][j][3] = y;
  }
}

// Rounds a warp's sums to bf16, as rows of 64 columns in its own shared memory. With `pool` a row of the result is
// the maximum of four that lie as window_of(row, 8) says; rounding first does not change the maximum.
template <class Tile>
DEVICE void gather_rows(const float (&sum)[Tile::kSubM][Tile::kSubN][4], bool relu, bool pool, Bf16* to) {
  const int group = threadIdx.x % 32 / 4, place = threadIdx.x % 4 * 2;
  const uint32_t least = relu ? 0 : 0xFF80FF80u;  // minus infinity twice
  const auto put = [&](int row, int j, uint32_t both) {
    *reinterpret_cast<uint32_t*>(to + swizzle_bf16(row, j, Tile::kSubN) + place) = max_bf16(both, least);
  };
#pragma unroll
  for (int i = 0; i < Tile::kSubM; i += 2)
#pragma unroll
    for (int j = 0; j < Tile::kSubN; ++j) {
      const float(&u)[4] = sum[i][j], (&v)[4] = sum[i + 1][j];
      const uint32_t row[4] = {pack_bf16(u[0], u[1]), pack_bf16(u[2], u[3]), pack_bf16(v[0], v[1]),
                               pack_bf16(v[2], v[3])};
      if (pool) {
        put(i / 2 * 8 + group, j, max_bf16(max_bf16(row[0], row[1]), max_bf16(row[2], row[3])));
      } else {
#pragma unroll
        for (int part = 0; part < 4; ++part) put((i * 2 + part) * 8 + group, j, row[part]);
      }
    }
}

// Writes those rows to global memory, 128 bytes at a time: `rows` rows, `cols` columns (a multiple of eight), in a
// matrix of `stride` columns.
template <class Tile>
DEVICE void write_rows(const Bf16* from, Bf16* to, int64_t rows, int cols, int stride) {
  const int lane = threadIdx.x % 32, chunk = lane % Tile::kSubN;
  if (chunk * 8 >= cols) return;
  for (int row = lane / Tile::kSubN; row < rows; row += 32 / Tile::kSubN)
    *reinterpret_cast<uint4*>(to + int64_t{row} * stride + chunk * 8) =
        *reinterpret_cast<const uint4*>(from + swizzle_bf16(row, chunk, Tile::kSubN));
}

}  // namespace graft::DEVICE_NS
