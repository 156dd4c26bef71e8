// The gradient of 3x3 filters by Winograd's F(4x4,3x3), transposed: y = A'((G g) * (B' x)) is linear in g, so dg =
// G'((A dy) * (B' x)), summed over the tiles of 4x4 outputs; 36 products instead of 144. A task is 64 channels by
// 64 filters over its share of the tiles: it transforms some tiles of x (v) and of dy (y), adds their outer
// products at each of the 36 points (m = v' y), and transforms m to 3x3 taps at the end. v, y and m nearly fit the
// L2 cache. The shares are set by sizes alone and added in order. db is computed during the transform of dy.
#include "kernels/cpu/conv/winograd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/winograd_grad_weight.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/conv/winograd_transform-inl.h"

#ifndef GRAFT_CPU_WINOGRAD_GRAD_WEIGHT_ONCE
#define GRAFT_CPU_WINOGRAD_GRAD_WEIGHT_ONCE
namespace graft::cpu {

constexpr int64_t kBlock = 64;     // channels, and filters, per task
constexpr int64_t kSumTiles = 32;  // transformed and multiplied together
constexpr int64_t kTasks = 32;     // minimum, if there are enough tiles
// Floats from point to point: an odd number of cache lines.
constexpr int64_t kTilePlane = kSumTiles * kBlock + 16, kSumPlane = kBlock * kBlock + 16;
constexpr int64_t kTaskSums = (9 * kBlock + 1) * kBlock;  // dw of a task [tap][channel][filter], then db

// How the sum is divided, by sizes alone.
struct TileCut {
  int64_t down, across, tiles;  // tiles per image, in total
  int64_t blocks_c, blocks_k, shares;
};
inline TileCut tile_cut_of(const Conv2dShape& at) {
  TileCut cut;
  cut.down = ceil_div(at.p(), 4), cut.across = ceil_div(at.q(), 4), cut.tiles = at.n * cut.down * cut.across;
  cut.blocks_c = ceil_div(at.c, kBlock), cut.blocks_k = ceil_div(at.k, kBlock);
  cut.shares = std::clamp<int64_t>(kTasks / (cut.blocks_c * cut.blocks_k), 1, ceil_div(cut.tiles, kSumTiles));
  return cut;
}

}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

constexpr int kRows = HWY_TARGET == HWY_AVX3 ? 8 : 4;  // channels per register tile

// Scratch memory of a task.
struct Scratch {
  float *v, *y, *m, *zeros, *db;  // [point][tile][kBlock], the same, [point][channel][kBlock], kBlock, kBlock
  explicit Scratch(float* p)
      : v(p), y(v + 36 * kTilePlane), m(y + 36 * kTilePlane), zeros(m + 36 * kSumPlane), db(zeros + kBlock) {}
  static constexpr int64_t kSize = 72 * kTilePlane + 36 * kSumPlane + 2 * kBlock;
};

// Copies of the last `used` channels of each pixel, zero padded to a vector.
template <size_t N>
void pad_pixels(const float* (&pixels)[N], int64_t from, int64_t used, float (&padded)[N][kLanes]) {
  for (size_t i = 0; i < N; ++i) {
    for (int64_t l = 0; l < kLanes; ++l) padded[i][l] = l < used ? pixels[i][from + l] : 0.0f;
    pixels[i] = padded[i];
  }
}

// Calls f(pixels, offset, c) for the vectors of `used` channels, rounded up to `wide`; the last ones are padded.
template <size_t N, class F>
void for_vectors(const float* (&pixels)[N], int64_t used, int64_t wide, const F& f) {
  int64_t c = 0;
  for (; c + kLanes <= used; c += kLanes) f(pixels, c, c);
  alignas(64) float padded[N][kLanes];
  for (; c < wide; c += kLanes) {
    pad_pixels(pixels, c, used - c, padded);
    f(pixels, 0, c);
    used = 0;
  }
}

void transform_x(const Conv2dGradWeight& a, const TileCut& cut, int64_t tile, int64_t c0, const float* zeros,
                 float* v) {
  const Conv2dShape& at = a.at;
  const int64_t row = tile / cut.across, n = row / cut.down;
  const int64_t h0 = row % cut.down * 4 - at.pad, w0 = tile % cut.across * 4 - at.pad;
  const float* pixels[36];
  for (int64_t i = 0; i < 36; ++i) {
    const int64_t h = h0 + i / 6, w = w0 + i % 6;
    const bool outside = h < 0 || h >= at.h || w < 0 || w >= at.w;
    pixels[i] = outside ? zeros : a.x + ((n * at.h + h) * at.w + w) * at.c + c0;
  }
  const int64_t used = std::min(kBlock, at.c - c0);
  for_vectors(pixels, used, used, [&](const float* const(&x)[36], int64_t offset, int64_t c) HWY_ATTR {
    transform_input_tile(x, offset, v + c, kTilePlane);
  });
}

// Also adds the pixels of dy to db.
void transform_dy(const Conv2dGradWeight& a, const TileCut& cut, int64_t tile, int64_t k0, const float* zeros,
                  float* y, float* db) {
  const Conv2dShape& at = a.at;
  const int64_t row = tile / cut.across, n = row / cut.down, p0 = row % cut.down * 4, q0 = tile % cut.across * 4;
  const float* pixels[16];
  for (int64_t i = 0; i < 16; ++i) {
    const int64_t p = p0 + i / 4, q = q0 + i % 4;
    pixels[i] = p < at.p() && q < at.q() ? a.dy + ((n * at.p() + p) * at.q() + q) * at.k + k0 : zeros;
  }
  const int64_t used = std::min(kBlock, at.k - k0);
  const Tag d;
  for_vectors(pixels, used, round_up(used, kTileN),
              [&](const float* const(&dy)[16], int64_t offset, int64_t k) HWY_ATTR {
                const Vec sum = transform_gradient_tile(dy, offset, y + k, kTilePlane);
                hn::Store(hn::Add(hn::Load(d, db + k), sum), d, db + k);
              });
}

// m[i][j] (+)= sum over tiles of v[tile][i] * y[tile][j], for M channels and kTileN filters.
template <int M>
HWY_NOINLINE void outer_products(int64_t tiles, const float* HWY_RESTRICT v, const float* HWY_RESTRICT y,
                                 bool first, float* HWY_RESTRICT m) {
  const Tag d;
  Vec sum[M][2];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) sum[i][0] = sum[i][1] = hn::Zero(d);
  for (int64_t t = 0; t < tiles; ++t, v += kBlock, y += kBlock) {
    const Vec b0 = hn::LoadU(d, y), b1 = hn::LoadU(d, y + kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      const Vec x = hn::Set(d, v[i]);
      sum[i][0] = hn::MulAdd(x, b0, sum[i][0]);
      sum[i][1] = hn::MulAdd(x, b1, sum[i][1]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i, m += kBlock) {
    hn::StoreU(first ? sum[i][0] : hn::Add(sum[i][0], hn::LoadU(d, m)), d, m);
    hn::StoreU(first ? sum[i][1] : hn::Add(sum[i][1], hn::LoadU(d, m + kLanes)), d, m + kLanes);
  }
}

using OuterProducts = void (*)(int64_t, const float*, const float*, bool, float*);
template <size_t... M>
constexpr std::array<OuterProducts, sizeof...(M)> outer_product_functions(std::index_sequence<M...>) {
  return {&outer_products<static_cast<int>(M) + 1>...};
}
inline constexpr auto kOuterProducts = outer_product_functions(std::make_index_sequence<kRows>{});

// One task over tiles [begin, end): `sums` as in kTaskSums.
void sum_tiles(const Conv2dGradWeight& a, const TileCut& cut, int64_t c0, int64_t k0, int64_t begin, int64_t end,
               const Scratch& s, float* sums) {
  const int64_t used_c = std::min(kBlock, a.at.c - c0), used_k = std::min(kBlock, a.at.k - k0);
  std::fill_n(s.zeros, kBlock, 0.0f), std::fill_n(s.db, kBlock, 0.0f);
  for (int64_t t0 = begin; t0 < end; t0 += kSumTiles) {
    const int64_t tiles = std::min(kSumTiles, end - t0);
    for (int64_t t = 0; t < tiles; ++t) {
      transform_x(a, cut, t0 + t, c0, s.zeros, s.v + t * kBlock);
      transform_dy(a, cut, t0 + t, k0, s.zeros, s.y + t * kBlock, s.db);
    }
    for (int64_t point = 0; point < 36; ++point)
      for (int64_t c = 0; c < used_c; c += kRows) {
        const auto& outer = kOuterProducts[static_cast<size_t>(std::min<int64_t>(kRows, used_c - c) - 1)];
        for (int64_t k = 0; k < used_k; k += kTileN)
          outer(tiles, s.v + point * kTilePlane + c, s.y + point * kTilePlane + k, t0 == begin,
                s.m + point * kSumPlane + c * kBlock + k);
      }
  }
  for (int64_t c = 0; c < used_c; ++c)
    for (int64_t k = 0; k < used_k; k += kLanes)
      transform_taps_tile(s.m + c * kBlock + k, kSumPlane, sums + c * kBlock + k, kBlock * kBlock);
  std::copy_n(s.db, kBlock, sums + 9 * kBlock * kBlock);
}

// dw (and db) from the sums [share][block of c][block of k]; `task` is a block of c and a block of k.
void add_tile_shares(const Conv2dGradWeight& a, const TileCut& cut, const float* sums, int64_t task) {
  const Conv2dShape& at = a.at;
  const int64_t c0 = task / cut.blocks_k * kBlock, k0 = task % cut.blocks_k * kBlock;
  const int64_t used = std::min(kBlock, at.k - k0), share_size = cut.blocks_c * cut.blocks_k * kTaskSums;
  const auto add = [&](int64_t offset, float* to) {
    const float* from = sums + task * kTaskSums + offset;
    for (int64_t j = 0; j < used; ++j) {
      float sum = from[j];
      for (int64_t i = 1; i < cut.shares; ++i) sum += from[i * share_size + j];
      to[j] = a.accumulate ? to[j] + sum : sum;
    }
  };
  for (int64_t tap = 0; tap < 9; ++tap)
    for (int64_t c = c0; c < std::min<int64_t>(c0 + kBlock, at.c); ++c)
      add((tap * kBlock + c - c0) * kBlock, a.dw + (tap * at.c + c) * at.k + k0);
  if (a.db && c0 == 0) add(9 * kBlock * kBlock, a.db + k0);
}

void winograd_grad_weight(const Conv2dGradWeight& a, float* sums) {
  const TileCut cut = tile_cut_of(a.at);
  const int64_t blocks = cut.blocks_c * cut.blocks_k;
  parallel_tasks(blocks * cut.shares, Scratch::kSize, [&](int64_t task, float* scratch) {
    const int64_t share = task / blocks, block = task % blocks;
    sum_tiles(a, cut, block / cut.blocks_k * kBlock, block % cut.blocks_k * kBlock, share * cut.tiles / cut.shares,
              (share + 1) * cut.tiles / cut.shares, Scratch(scratch), sums + task * kTaskSums);
  });
  parallel_tasks(blocks, 0, [&](int64_t task, float*) { add_tile_shares(a, cut, sums, task); });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(winograd_grad_weight);

// Where the tiles fit and there are enough channels to gain much. A gradient that is a sum of zeros comes out as
// rounding noise here, which may matter to an optimizer that divides by it: see docs/KERNELS-CPU.md.
bool winograd_supports(const Conv2dGradWeight& a, const DeviceInfo&) {
  const Conv2dShape& at = a.at;
  const int64_t p = at.p(), q = at.q();
  return at.r == 3 && at.s == 3 && at.stride == 1 && at.c >= 32 && at.k >= 32 &&
         p * q >= 8 * ceil_div(p, 4) * ceil_div(q, 4);
}

size_t winograd_workspace(const Conv2dGradWeight& a) {
  const TileCut cut = tile_cut_of(a.at);
  return static_cast<size_t>(cut.shares * cut.blocks_c * cut.blocks_k * kTaskSums) * sizeof(float);
}

void conv2d_grad_weight_winograd(const Conv2dGradWeight& a, void* workspace, Stream&) {
  HWY_DYNAMIC_DISPATCH(winograd_grad_weight)(a, static_cast<float*>(workspace));
}

}  // namespace graft::cpu
#endif
