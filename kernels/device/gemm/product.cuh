// The product behind gemm and, as implicit GEMM, all three convolutions: c[m,n] = a[m,depth] * b[depth,n]. They
// differ in where an element lies in memory, which a source defines:
//   kAlongInner      whether four neighbours in memory differ in the inner (summed) index or in the outer one
//   cursor(outer)     what can be computed once per row of a or column of b
//   at(cursor, i, j)  the address of the j-th of four neighbours from inner index i on, or null where it is zero
//   p, wide          the array; whether the four can be read at once: then at(.., 0) stands for all of them
#pragma once
#include "kernels/device/index.h"
#include "kernels/device/split.cuh"

namespace graft::DEVICE_NS {

// Element [outer, inner] at p[outer * depth + inner].
struct RowMajor {
  static constexpr bool kAlongInner = true;
  const float* p;
  int outers, depth;
  bool wide;
  struct Cursor {
    const float* row;
  };
  DEVICE Cursor cursor(int outer) const { return {outer < outers ? p + int64_t{outer} * depth : nullptr}; }
  DEVICE const float* at(const Cursor& here, int inner, int j) const {
    return here.row && inner + j < depth ? here.row + inner + j : nullptr;
  }
};

// Element [outer, inner] at p[inner * outers + outer].
struct ColumnMajor {
  static constexpr bool kAlongInner = false;
  const float* p;
  int outers, depth;
  bool wide;
  struct Cursor {
    int outer;
  };
  DEVICE Cursor cursor(int outer) const { return {outer}; }
  DEVICE const float* at(const Cursor& here, int inner, int j) const {
    return here.outer + j < outers && inner < depth ? p + int64_t{inner} * outers + here.outer + j : nullptr;
  }
};

// A thread's share of the copies of one operand's tile, [kOuter, BK], four at a time.
template <class Tile, int kOuter, class Source>
struct Share {
  static constexpr int kFours = kOuter * Tile::BK / 4 / Tile::kThreads;
  static_assert(kFours * 4 * Tile::kThreads == kOuter * Tile::BK);
  typename Source::Cursor cursor[kFours];

  DEVICE static int outer(int i) {
    const int four = threadIdx.x + i * Tile::kThreads;
    return Source::kAlongInner ? four / (Tile::BK / 4) : four % (kOuter / 4) * 4;
  }
  DEVICE static int inner(int i) {
    const int four = threadIdx.x + i * Tile::kThreads;
    return Source::kAlongInner ? four % (Tile::BK / 4) * 4 : four / (kOuter / 4);
  }
  DEVICE void start(const Source& source, int first) {
#pragma unroll
    for (int i = 0; i < kFours; ++i) cursor[i] = source.cursor(first + outer(i));
  }
};

template <class Source>
DEVICE float4 fetch(const Source& source, const typename Source::Cursor& cursor, int inner) {
  const float* p = source.at(cursor, inner, 0);
  if (source.wide) return p ? *reinterpret_cast<const float4*>(p) : float4{0, 0, 0, 0};
  const float *p1 = source.at(cursor, inner, 1), *p2 = source.at(cursor, inner, 2),
              *p3 = source.at(cursor, inner, 3);
  return {p ? *p : 0.0f, p1 ? *p1 : 0.0f, p2 ? *p2 : 0.0f, p3 ? *p3 : 0.0f};
}

// What the number of parts that the depth is split into may depend on, besides
// the depth. The contract promises that a row has the same bits for any number
// of rows; where rows are images or their pixels, the number must not matter.
enum class Parts { one, by_columns, by_tiles };

// Where the product goes.
struct Product {
  int m, n, depth;
  Parts parts = Parts::one;
  float* c;                     // [m,n]
  const float* bias = nullptr;  // [n]
  bool relu = false, accumulate = false;
  float* sums = nullptr;    // [n]: column sums of b, for a bias gradient; accumulated like c
  bool wide = false;        // c and bias can be accessed four at a time
  int pool_row_stride = 0;  // with a fused pool: argument of window_of(); a row of c is then the maximum of four
  int length = 0;           // inner indices per part; part i writes to the i-th matrix (and row of sums)
};

// Whether a left source may ask for a pool.
template <class Source>
inline constexpr bool kMayPool = false;

inline Product product_of(const Gemm& g) {
  return {.m = g.m,
          .n = g.n,
          .depth = g.k,
          .parts = Parts::by_columns,
          .c = g.c,
          .bias = g.bias,
          .relu = g.relu,
          .accumulate = g.accumulate};
}

DEVICE float finished(const Product& p, float v, float bias, float before) {
  v += bias + before;
  return p.relu && v < 0 ? 0.0f : v;
}

// Writes four columns of a row.
DEVICE void finish4(const Product& p, float* c, int row, int col, float4 v) {
  if (row >= p.m) return;
  float* to = c + int64_t{row} * p.n;
  const float4 zero = {0, 0, 0, 0};
  const float4 bias = p.bias ? load4(p.bias, col, p.n, p.wide) : zero;
  const float4 before = p.accumulate ? load4(to, col, p.n, p.wide) : zero;
  const auto finish = [&](float sum, float add, float old) { return finished(p, sum, add, old); };
  store4(to, col, p.n, p.wide, map4(finish, v, bias, before));
}

// Writes two columns of a row; col is even.
DEVICE void finish2(const Product& p, float* c, int row, int col, float2 v) {
  if (row >= p.m || col >= p.n) return;
  float* to = c + int64_t{row} * p.n + col;
  const bool both = col + 1 < p.n;
  const float2 bias = p.bias ? float2{p.bias[col], both ? p.bias[col + 1] : 0.0f} : float2{0, 0};
  const float2 before = p.accumulate ? float2{to[0], both ? to[1] : 0.0f} : float2{0, 0};
  const float2 out = {finished(p, v.x, bias.x, before.x), finished(p, v.y, bias.y, before.y)};
  if (p.wide) {
    *reinterpret_cast<float2*>(to) = out;
    return;
  }
  to[0] = out.x;
  if (both) to[1] = out.y;
}

// The block's tile of c and its part of the inner indices. Tiles of one row of tiles are neighbours in the grid, so
// that they share the rows of a in the cache.
struct Work {
  int row, col, part, begin, end;
};
template <class Tile>
DEVICE Work work_of(const Product& p) {
  const int across = ceil_div(p.n, Tile::BN), tile = static_cast<int>(blockIdx.x),
            part = static_cast<int>(blockIdx.y);
  const int begin = part * p.length, left = p.depth - begin;
  return {tile / across * Tile::BM, tile % across * Tile::BN, part, begin,
          begin + (left < p.length ? left : p.length)};
}

template <class Tile>
Split split_of(const Product& p) {
  constexpr int kShortest = 256, kStep = 32;  // of all tiles, so that the choice of a tile does not change the bits
  static_assert(kStep % Tile::BK == 0);
  if (p.parts == Parts::one) return {1, ceil_div(p.depth, kStep) * kStep};
  const int64_t rows = p.parts == Parts::by_tiles ? ceil_div(p.m, Tile::BM) : 1;
  const int width = p.parts == Parts::by_tiles ? Tile::BN : 64;
  return split_of(p.depth, rows * ceil_div(p.n, width), kShortest, kStep);
}

// Bytes of workspace that multiply() needs.
template <class Tile>
size_t product_workspace(const Product& p) {
  const Split split = split_of<Tile>(p);
  return split.parts > 1 ? sizeof(float) * split.parts * (size_t(p.m) * p.n + (p.sums ? p.n : 0)) : 0;
}

// Launches kernel(a, b, product), and the sum of the parts if the depth was split.
template <class Tile, class A, class B>
void multiply(void (*kernel)(A, B, Product), const A& a, const B& b, const Product& whole, void* workspace,
              Stream& stream) {
  const Split split = split_of<Tile>(whole);
  Product p = whole;
  p.length = static_cast<int>(split.length);
  p.wide = aligned4(p.n, p.c, p.bias);
  const int64_t size = int64_t{p.m} * p.n;
  if (split.parts > 1) {
    p.c = static_cast<float*>(workspace), p.bias = nullptr, p.relu = p.accumulate = false;
    if (whole.sums) p.sums = p.c + split.parts * size;
  }
  const int64_t tiles = ceil_div<int64_t>(conv_rows(p.m, p.pool_row_stride), Tile::BM) * ceil_div(p.n, Tile::BN);
  launch<typename Tile::Smem>(kernel, grid_of(tiles, split.parts), Tile::kThreads, stream, a, b, p);
  if (split.parts == 1) return;
  sum_parts({.part = p.c,
             .parts = split.parts,
             .size = size,
             .n = p.n,
             .bias = whole.bias,
             .out = whole.c,
             .relu = whole.relu,
             .accumulate = whole.accumulate},
            stream);
  if (whole.sums)
    sum_parts({.part = p.sums,
               .parts = split.parts,
               .size = p.n,
               .n = p.n,
               .out = whole.sums,
               .accumulate = whole.accumulate},
              stream);
}

}  // namespace graft::DEVICE_NS
