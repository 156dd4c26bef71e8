// The f32 product in registers. A block computes a tile of c, a thread TM x TN elements of it, so
// that a value read from shared memory is used TM or TN times; a warp is a tile of 4 x 8 threads,
// so that its reads are few and free of bank conflicts. Shared memory is double-buffered: while
// one step is multiplied, the next is on its way from global memory in registers. Both operands
// are stored in shared memory as [inner][outer], whatever their order in global memory.
#pragma once
#include "kernels/device/gemm/product.cuh"

namespace graft::DEVICE_NS {

template <int BM_, int BN_, int BK_, int TM_, int TN_>
struct RegisterTile {
  static constexpr int BM = BM_, BN = BN_, BK = BK_, TM = TM_, TN = TN_;
  static constexpr int kThreads = BM / TM * (BN / TN);
  static constexpr int kWarpM = 4 * TM, kWarpN = 8 * TN;
  static_assert(BM % kWarpM == 0 && BN % kWarpN == 0 && TM % 4 == 0 && TN % 4 == 0);
  struct Smem {
    float a[2][BK][BM + 4], b[2][BK][BN + 4];
  };
};

// In transit from global to shared memory.
template <class Tile, int kOuter, class Source>
struct Fetched : Share<Tile, kOuter, Source> {
  using Share<Tile, kOuter, Source>::kFours;
  float4 value[kFours];

  DEVICE void load(const Source& source, int first) {
#pragma unroll
    for (int i = 0; i < kFours; ++i) value[i] = fetch(source, this->cursor[i], first + this->inner(i));
  }
  DEVICE void store(float (&to)[Tile::BK][kOuter + 4]) const {
#pragma unroll
    for (int i = 0; i < kFours; ++i) {
      const int o = this->outer(i), k = this->inner(i);
      if constexpr (Source::kAlongInner) {
        to[k][o] = value[i].x, to[k + 1][o] = value[i].y, to[k + 2][o] = value[i].z, to[k + 3][o] = value[i].w;
      } else {
        *reinterpret_cast<float4*>(&to[k][o]) = value[i];
      }
    }
  }
};

// Rows and columns of a thread: groups of four, 16 rows or 32 columns apart.
template <class Tile>
struct Threads {
  int row, col;
  DEVICE Threads() {
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, across = Tile::BN / Tile::kWarpN;
    row = warp / across * Tile::kWarpM + lane / 8 * 4;
    col = warp % across * Tile::kWarpN + lane % 8 * 4;
  }
};

DEVICE void spread4(float4 v, float* to) { to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w; }

template <class Tile>
DEVICE void multiply_step(const float (&a)[Tile::BK][Tile::BM + 4], const float (&b)[Tile::BK][Tile::BN + 4],
                          const Threads<Tile>& at, float (&sum)[Tile::TM][Tile::TN]) {
#pragma unroll
  for (int k = 0; k < Tile::BK; ++k) {
    float left[Tile::TM], right[Tile::TN];
#pragma unroll
    for (int i = 0; i < Tile::TM; i += 4)
      spread4(*reinterpret_cast<const float4*>(&a[k][at.row + i * 4]), left + i);
#pragma unroll
    for (int j = 0; j < Tile::TN; j += 4)
      spread4(*reinterpret_cast<const float4*>(&b[k][at.col + j * 8]), right + j);
#pragma unroll
    for (int i = 0; i < Tile::TM; ++i)
#pragma unroll
      for (int j = 0; j < Tile::TN; ++j) sum[i][j] += left[i] * right[j];
  }
}

template <class Tile, bool kPool>
DEVICE void finish_tile(const Product& p, float* c, int row, int col, const float (&sum)[Tile::TM][Tile::TN]) {
#pragma unroll
  for (int j = 0; j < Tile::TN; j += 4)
#pragma unroll
    for (int i = 0; i < Tile::TM; i += 4) {
      float4 v[4];
#pragma unroll
      for (int part = 0; part < 4; ++part) {
        const float* four = &sum[i + part][j];
        v[part] = {four[0], four[1], four[2], four[3]};
      }
      if (kPool && p.pool_row_stride) {
        const auto most = [](float a, float b, float e, float d) { return larger(larger(a, b), larger(e, d)); };
        finish4(p, c, (row + i * 4) / 4, col + j * 8, map4(most, v[0], v[1], v[2], v[3]));
        continue;
      }
#pragma unroll
      for (int part = 0; part < 4; ++part) finish4(p, c, row + i * 4 + part, col + j * 8, v[part]);
    }
}

template <class Tile, class A, class B>
GLOBAL void __launch_bounds__(Tile::kThreads, 1) register_product(A a, B b, Product p) {
  using Smem = typename Tile::Smem;
  SHARED(Smem, s);
  const Work work = work_of<Tile>(p);
  const Threads<Tile> at;
  Fetched<Tile, Tile::BM, A> next_a;
  Fetched<Tile, Tile::BN, B> next_b;
  next_a.start(a, work.row), next_b.start(b, work.col);
  next_a.load(a, work.begin), next_b.load(b, work.begin);
  next_a.store(s.a[0]), next_b.store(s.b[0]);
  __syncthreads();

  const bool sums_columns = p.sums && work.row == 0 && threadIdx.x < Tile::BN;
  float sum[Tile::TM][Tile::TN] = {}, column = 0;
  for (int inner = work.begin, now = 0; inner < work.end; inner += Tile::BK, now ^= 1) {
    const bool more = inner + Tile::BK < work.end;
    if (more) next_a.load(a, inner + Tile::BK), next_b.load(b, inner + Tile::BK);
    multiply_step<Tile>(s.a[now], s.b[now], at, sum);
    if (sums_columns)
      for (int k = 0; k < Tile::BK; ++k) column += s.b[now][k][threadIdx.x];
    if (more) next_a.store(s.a[now ^ 1]), next_b.store(s.b[now ^ 1]);
    __syncthreads();
  }

  finish_tile<Tile, kMayPool<A>>(p, p.c + int64_t{work.part} * p.m * p.n, work.row + at.row, work.col + at.col,
                                 sum);
  if (const int col = work.col + threadIdx.x; sums_columns && col < p.n) {
    float& to = p.sums[int64_t{work.part} * p.n + col];
    to = p.accumulate ? to + column : column;
  }
}

}  // namespace graft::DEVICE_NS
