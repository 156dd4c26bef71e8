// The product on tensor cores. f32 operands are copied unchanged by cp.async, two steps ahead of the
// multiplication, into swizzled shared memory; they are rounded to TF32 or bf16 on the way into the registers, and
// summed in f32. An inner index may be permuted if both operands are: a thread's four inner elements are chosen to
// be neighbours, so that one 16-byte read feeds two TF32 steps or one bf16 step.
#pragma once
#include "kernels/device/gemm/product.cuh"
#include "kernels/device/index.h"
#include "kernels/device/mma.cuh"

namespace graft::DEVICE_NS {

// A block is 8 warps, kWarpsM x kWarpsN of them.
template <int BN_, int kWarpsM_, Precision kPrecision_>
struct MmaTile {
  static constexpr int BM = 128, BN = BN_, BK = 32, kThreads = 256, kStages = 3;
  static constexpr int kWarpsM = kWarpsM_, kWarpsN = 8 / kWarpsM;
  static constexpr int kSubM = BM / kWarpsM / 16, kSubN = BN / kWarpsN / 8;  // mma tiles per warp
  static constexpr Precision kPrecision = kPrecision_;
  struct Smem {
    float a[kStages][BM * BK], b[kStages][BN * BK];
  };
};

template <class Source, int kOuter>
DEVICE int swizzled(int outer, int inner) {
  return Source::kAlongInner ? swizzle_along_inner(outer, inner) : swizzle_along_outer(outer, inner, kOuter);
}

template <class Tile, int kOuter, class Source>
struct Copied : Share<Tile, kOuter, Source> {
  DEVICE void copy(const Source& source, int first, float* to) const {
#pragma unroll
    for (int i = 0; i < this->kFours; ++i) {
      const int outer = this->outer(i), inner = this->inner(i);
      float* four = to + swizzled<Source, kOuter>(outer, inner);
      if (source.wide) {
        const float* from = source.at(this->cursor[i], first + inner, 0);
        cp_async_16(four, from ? from : source.p, from != nullptr);
      } else {  // what 16-byte copies cannot handle goes through registers
        *reinterpret_cast<float4*>(four) = fetch(source, this->cursor[i], first + inner);
      }
    }
  }
};

// Inner elements inner..inner+3 of one outer index.
template <class Source, int kOuter>
DEVICE float4 read4(const float* from, int outer, int inner) {
  if constexpr (Source::kAlongInner) {
    return *reinterpret_cast<const float4*>(from + swizzle_along_inner(outer, inner));
  } else {
    return {from[swizzle_along_outer(outer, inner, kOuter)], from[swizzle_along_outer(outer, inner + 1, kOuter)],
            from[swizzle_along_outer(outer, inner + 2, kOuter)],
            from[swizzle_along_outer(outer, inner + 3, kOuter)]};
  }
}

// 16 inner indices of a 16 x 8 tile. Place p of a group has the inner elements 4p..4p+3.
template <Precision kPrecision>
struct Fragments;

template <>
struct Fragments<Precision::tf32> {
  struct Left {
    uint32_t a[2][4];
    DEVICE void load(float4 u, float4 v) {
      a[0][0] = to_tf32(u.x), a[0][1] = to_tf32(v.x), a[0][2] = to_tf32(u.y), a[0][3] = to_tf32(v.y);
      a[1][0] = to_tf32(u.z), a[1][1] = to_tf32(v.z), a[1][2] = to_tf32(u.w), a[1][3] = to_tf32(v.w);
    }
  };
  uint32_t b[2][2];
  DEVICE void load(float4 v) {
    b[0][0] = to_tf32(v.x), b[0][1] = to_tf32(v.y), b[1][0] = to_tf32(v.z), b[1][1] = to_tf32(v.w);
  }
  DEVICE void multiply(const Left& left, float (&sum)[4]) const {
    mma_m16n8k8_tf32(sum, left.a[0], b[0]);
    mma_m16n8k8_tf32(sum, left.a[1], b[1]);
  }
};

template <>
struct Fragments<Precision::bf16> {
  struct Left {
    uint32_t a[4];
    DEVICE void load(float4 u, float4 v) {
      a[0] = pack_bf16(u.x, u.y), a[1] = pack_bf16(v.x, v.y), a[2] = pack_bf16(u.z, u.w),
      a[3] = pack_bf16(v.z, v.w);
    }
  };
  uint32_t b[2];
  DEVICE void load(float4 v) { b[0] = pack_bf16(v.x, v.y), b[1] = pack_bf16(v.z, v.w); }
  DEVICE void multiply(const Left& left, float (&sum)[4]) const { mma_m16n8k16_bf16(sum, left.a, b); }
};

template <class Tile, class A, class B>
DEVICE void mma_step(const float* a, const float* b, int row, int col, float (&sum)[Tile::kSubM][Tile::kSubN][4]) {
  using Right = Fragments<Tile::kPrecision>;
  const int place = threadIdx.x % 4 * 4;
#pragma unroll
  for (int k = 0; k < Tile::BK; k += 16) {
    Right right[Tile::kSubN];
#pragma unroll
    for (int j = 0; j < Tile::kSubN; ++j) right[j].load(read4<B, Tile::BN>(b, col + j * 8, k + place));
#pragma unroll
    for (int i = 0; i < Tile::kSubM; ++i) {
      typename Right::Left left;
      left.load(read4<A, Tile::BM>(a, row + i * 16, k + place), read4<A, Tile::BM>(a, row + i * 16 + 8, k + place));
#pragma unroll
      for (int j = 0; j < Tile::kSubN; ++j) right[j].multiply(left, sum[i][j]);
    }
  }
}

// The sums of this thread's two columns of each mma tile, without going through shared memory.
template <class Tile, bool kPool>
DEVICE void finish_tile(const Product& p, float* c, int row, int col,
                        const float (&sum)[Tile::kSubM][Tile::kSubN][4]) {
  static_assert(Tile::kSubM % 2 == 0, "a thread has whole windows");
  if (kPool && p.pool_row_stride) {
    const auto most = [](float a, float b, float e, float d) { return larger(larger(a, b), larger(e, d)); };
#pragma unroll
    for (int i = 0; i < Tile::kSubM; i += 2)
#pragma unroll
      for (int j = 0; j < Tile::kSubN; ++j) {
        const float(&u)[4] = sum[i][j], (&v)[4] = sum[i + 1][j];
        finish2(p, c, window_of(row + i * 16, 8).window, col + j * 8,
                {most(u[0], u[2], v[0], v[2]), most(u[1], u[3], v[1], v[3])});
      }
    return;
  }
#pragma unroll
  for (int i = 0; i < Tile::kSubM; ++i)
#pragma unroll
    for (int j = 0; j < Tile::kSubN; ++j) {
      finish2(p, c, row + i * 16, col + j * 8, {sum[i][j][0], sum[i][j][1]});
      finish2(p, c, row + i * 16 + 8, col + j * 8, {sum[i][j][2], sum[i][j][3]});
    }
}

template <class Tile, class A, class B>
GLOBAL void __launch_bounds__(Tile::kThreads, 1) mma_product(A a, B b, Product p) {
  using Smem = typename Tile::Smem;
  SHARED(Smem, s);
  const Work work = work_of<Tile>(p);
  const int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4;
  const int row = warp / Tile::kWarpsN * Tile::kSubM * 16 + group, col = warp % Tile::kWarpsN * Tile::kSubN * 8;
  Copied<Tile, Tile::BM, A> next_a;
  Copied<Tile, Tile::BN, B> next_b;
  next_a.start(a, work.row), next_b.start(b, work.col);
  const auto copy = [&](int step) {
    const int inner = work.begin + step * Tile::BK, stage = step % Tile::kStages;
    if (inner < work.end) next_a.copy(a, inner, s.a[stage]), next_b.copy(b, inner, s.b[stage]);
    cp_async_commit();  // a group for every step, even an empty one, so that counting them stays simple
  };
  for (int step = 0; step < Tile::kStages - 1; ++step) copy(step);

  const bool sums_columns = p.sums && work.row == 0 && threadIdx.x < Tile::BN;
  float sum[Tile::kSubM][Tile::kSubN][4] = {}, column = 0;
  const int steps = ceil_div(work.end - work.begin, Tile::BK);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<Tile::kStages - 2>();
    __syncthreads();  // this step has arrived for all warps, and all have left the stage that is filled next
    copy(step + Tile::kStages - 1);
    const int stage = step % Tile::kStages;
    mma_step<Tile, A, B>(s.a[stage], s.b[stage], row, col + group, sum);
    if (sums_columns)
      for (int k = 0; k < Tile::BK; ++k) column += s.b[stage][swizzled<B, Tile::BN>(threadIdx.x, k)];
  }

  finish_tile<Tile, kMayPool<A>>(p, p.c + int64_t{work.part} * p.m * p.n, work.row + row,
                                 work.col + col + threadIdx.x % 4 * 2, sum);
  if (const int at = work.col + threadIdx.x; sums_columns && at < p.n) {
    float& to = p.sums[int64_t{work.part} * p.n + at];
    to = p.accumulate ? to + column : column;
  }
}

}  // namespace graft::DEVICE_NS
