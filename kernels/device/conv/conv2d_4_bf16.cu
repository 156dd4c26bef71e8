// conv2d_bf16: implicit GEMM on tensor cores with x, w and y in bf16. Compared with variant 3 half the bytes move,
// nothing is converted on the way, and ldmatrix feeds the multiplications. The inner index runs over the taps for
// 64 channels, then over the next 64: a step has one tap, so that its addresses are one addition each, and the nine
// taps of a tile's pixels come from the cache. Bias, ReLU and the 2x2 pool are done before anything is written.
#include "kernels/device/conv/bf16_tile.cuh"
#include "kernels/device/launchers.h"

namespace graft::DEVICE_NS {
namespace {

constexpr int kApart = 8;     // rows of a thread, see window_of
constexpr int kMaxTaps = 32;  // bits of a mask

// A row of the tile in x: where its tap 0, 0 lies, in bytes from the padded corner of the tile's first image, and a
// bit for each tap that is inside the image.
struct RowTaps {
  unsigned at, inside;
};

struct Problem {
  Conv2dBf16 a;
  int rows, cols, pool_row_stride;  // of y, see conv_pixel
  int outputs;                      // pixels of y
};

DEVICE RowTaps taps_of(const Problem& p, int row, int first_image) {
  const Conv2dShape& at = p.a.at;
  const Pixel pixel = conv_pixel(row, p.rows, p.cols, p.pool_row_stride);
  if (pixel.n >= at.n) return {0, 0};
  const int h = pixel.row * at.stride, w = pixel.col * at.stride;  // in the padded image
  unsigned inside = 0;
  for (int r = 0, bit = 0; r < at.r; ++r)
    for (int s = 0; s < at.s; ++s, ++bit)
      if (h + r >= at.pad && h + r < at.h + at.pad && w + s >= at.pad && w + s < at.w + at.pad) inside |= 1u << bit;
  return {2u * ((((pixel.n - first_image) * at.h + h) * at.w + w) * at.c), inside};
}

template <class Tile>
struct Shared {
  Bf16 stage[Tile::kStages * Tile::kStage];
  RowTaps row[Tile::BM];
};

// A thread's share of the copies: one chunk of eight channels in every kRows-th row of x, one of eight filters in
// every kDepth-th row of w.
template <class Tile>
class Copies {
 public:
  DEVICE Copies(const Problem& p, const RowTaps (&row)[Tile::BM], int first_image, int first_k)
      : at_(p.a.at), rows_(row + threadIdx.x / 8) {
    const int64_t corner = (int64_t{first_image} * at_.h * at_.w - (at_.pad * at_.w + at_.pad)) * at_.c;
    x_ = p.a.x + (corner + channel());
    w_ = p.a.w + (int64_t{depth()} * at_.k + first_k + filter());
    has_filter_ = first_k + filter() < at_.k;
  }

  // Starts the copies of the next step into a stage; after the last step, zeros. (A branch instead would keep the
  // compiler from interleaving this with the multiplications.)
  DEVICE void send(unsigned char* stage) {
    const unsigned bit = first_channel_ + channel() < at_.c ? 1u << tap_ : 0;
    const auto* x = reinterpret_cast<const unsigned char*>(x_ + ((r_ * at_.w + s_) * at_.c + first_channel_));
    unsigned char* to = stage + 2 * swizzle_bf16(static_cast<int>(threadIdx.x) / 8, threadIdx.x % 8, Tile::BK / 8);
#pragma unroll
    for (int i = 0; i < kX; ++i) {
      const RowTaps row = rows_[i * kRows];
      cp_async_16(to + i * kRows * Tile::BK * 2, x + row.at, row.inside & bit);
    }
    const Bf16* w = w_ + int64_t{tap_ * at_.c + first_channel_} * at_.k;
    to = stage + 2 * (Tile::kLeft + swizzle_bf16(depth(), filter() / 8, kChunks));
#pragma unroll
    for (int i = 0; i < kW; ++i)
      cp_async_16(to + i * kDepth * Tile::BN * 2, w + int64_t{i * kDepth} * at_.k,
                  has_filter_ && first_channel_ + depth() + i * kDepth < at_.c);
    advance();
  }

 private:
  static constexpr int kRows = Tile::kThreads / 8, kX = Tile::BM / kRows;
  static constexpr int kChunks = Tile::BN / 8, kDepth = Tile::kThreads / kChunks, kW = Tile::BK / kDepth;
  static_assert(kRows % 8 == 0 && kDepth % 8 == 0, "all of a thread's rows have one swizzle");

  DEVICE static int channel() { return threadIdx.x % 8 * 8; }
  DEVICE static int filter() { return threadIdx.x % kChunks * 8; }
  DEVICE static int depth() { return threadIdx.x / kChunks; }
  DEVICE void advance() {
    ++tap_, ++s_;
    if (s_ == at_.s) s_ = 0, ++r_;
    if (r_ == at_.r) r_ = tap_ = 0, first_channel_ += Tile::BK;
  }

  const Conv2dShape& at_;
  const RowTaps* rows_;  // in shared memory: registers are full of sums
  const Bf16 *x_, *w_;
  bool has_filter_;
  int tap_ = 0, r_ = 0, s_ = 0, first_channel_ = 0;  // of the next step
};

template <class Tile>
DEVICE void multiply_all(Copies<Tile>& copies, unsigned char* stages, int steps,
                         float (&sum)[Tile::kSubM][Tile::kSubN][4]) {
  constexpr int kSteps = Tile::BK / 16, kBytes = 2 * Tile::kStage;
  for (int stage = 0; stage < Tile::kStages; ++stage) {
    copies.send(stages + stage * kBytes);
    cp_async_commit();
  }
  cp_async_wait<Tile::kStages - 1>();
  __syncthreads();
  const Bf16Reads<Tile> at;
  Bf16Fragments<Tile> fragments[2];
  fragments[0].load(stages, at, 0);
  for (int step = 0, now = 0; step < steps; ++step) {
    unsigned char* stage = stages + now * kBytes;
#pragma unroll
    for (int k = 0; k < kSteps; ++k) {
      if (k + 1 < kSteps) {
        fragments[(k + 1) % 2].load(stage, at, k + 1);
      } else {  // all warps have this stage in registers: the next may be read, this one refilled
        cp_async_wait<Tile::kStages - 2>();
        __syncthreads();
        now = now + 1 == Tile::kStages ? 0 : now + 1;
        fragments[0].load(stages + now * kBytes, at, 0);  // unused after the last step
        copies.send(stage);
        cp_async_commit();
      }
      fragments[k % 2].multiply(sum);
    }
  }
}

template <class Tile>
GLOBAL void __launch_bounds__(Tile::kThreads, Tile::kBlocks) conv2d_bf16_mma_kernel(Problem p, int steps) {
  using Smem = Shared<Tile>;
  SHARED(Smem, s);
  const Conv2dBf16& a = p.a;
  const int across = ceil_div(a.at.k, Tile::BN), block = static_cast<int>(blockIdx.x);
  const int first_row = block / across * Tile::BM, first_k = block % across * Tile::BN;
  const int first_image = conv_pixel(first_row, p.rows, p.cols, p.pool_row_stride).n;
  for (int i = threadIdx.x; i < Tile::BM; i += Tile::kThreads) s.row[i] = taps_of(p, first_row + i, first_image);
  __syncthreads();
  Copies<Tile> copies(p, s.row, first_image, first_k);
  const int warp = threadIdx.x / 32, row = first_row + warp / Tile::kWarpsN * Tile::kWarpRows;
  const int k = first_k + warp % Tile::kWarpsN * Tile::kWarpCols, cols = a.at.k - k;
  float sum[Tile::kSubM][Tile::kSubN][4];
  start_from_bias<Tile>(a.bias ? a.bias + k : nullptr, cols, sum);
  multiply_all<Tile>(copies, reinterpret_cast<unsigned char*>(s.stage), steps, sum);

  cp_async_wait<0>();
  __syncthreads();  // the stages are free: each warp uses a part of them for its result
  Bf16* result = s.stage + warp * Tile::kWarpRows * Tile::kWarpCols;
  gather_rows<Tile>(sum, a.relu, a.pool, result);
  __syncwarp();
  const int out = a.pool ? row / 4 : row, count = a.pool ? Tile::kWarpRows / 4 : Tile::kWarpRows;
  write_rows<Tile>(result, a.y + int64_t{out} * a.at.k + k, min(count, p.outputs - out), cols, a.at.k);
}

// The minimum of shared memory per block is 99 KB (sm_86 and
// sm_89), which the first two fill with two stages of 48 KB.
using Tall = Bf16Tile<4, 2, 4, 2, 1>;    // 256x128
using Wide = Bf16Tile<2, 4, 4, 2, 1>;    // 128x256
using Narrow = Bf16Tile<4, 1, 4, 2, 2>;  // 256x64
using Square = Bf16Tile<2, 2, 4, 3, 2>;  // 128x128
using Small = Bf16Tile<2, 1, 2, 3, 4>;   // 64x64

Problem problem_of(const Conv2dBf16& a) {
  return {a, a.rows(), a.cols(), a.pool ? kApart : 0, static_cast<int>(a.y_size() / a.at.k)};
}

template <class Tile>
int64_t blocks_of(const Conv2dBf16& a) {
  const int64_t rows = conv_rows(a.y_size() / a.at.k, a.pool ? kApart : 0);
  return ceil_div<int64_t>(rows, Tile::BM) * ceil_div(a.at.k, Tile::BN);
}

template <class Tile>
void run(const Conv2dBf16& a, Stream& stream) {
  const int steps = a.at.r * a.at.s * ceil_div(a.at.c, Tile::BK);
  launch<Shared<Tile>>(conv2d_bf16_mma_kernel<Tile>, grid_of(blocks_of<Tile>(a)), Tile::kThreads, stream,
                       problem_of(a), steps);
}

// What the busiest of 132 SMs (an H100) multiplies, divided by
// the share of the peak rate that a tile is expected to reach.
template <class Tile>
double time_of(const Conv2dBf16& a, double share) {
  return static_cast<double>(ceil_div<int64_t>(blocks_of<Tile>(a), 132) * Tile::BM * Tile::BN) / share;
}

}  // namespace

bool conv2d_bf16_mma_supports(const Conv2dBf16& a, const DeviceInfo&) {
  const Conv2dShape& at = a.at;
  const auto aligned = [](const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; };
  if (at.c % 8 || at.k % 8 || !aligned(a.x) || !aligned(a.w) || !aligned(a.y)) return false;
  const int64_t taps = int64_t{at.r} * at.s;
  if (taps > kMaxTaps || a.y_size() == 0) return false;
  // Rows and blocks are 32-bit numbers, and so are offsets within the images that one tile touches.
  constexpr int64_t kMax = (int64_t{1} << 31) - 4096;
  const int64_t pixels = int64_t{a.rows()} * a.cols() * (a.pool ? 4 : 1), images = 256 / pixels + 2;
  return at.n * pixels < kMax && taps * (at.c + 64) < kMax && blocks_of<Small>(a) < kMax &&
         images * (at.h + 2 * at.pad) * (at.w + 2 * at.pad) * at.c < kMax;
}

int conv2d_bf16_mma_tile(const Conv2dBf16& a) {
  const double time[] = {time_of<Tall>(a, 1), time_of<Wide>(a, 1), time_of<Narrow>(a, 0.85),
                         time_of<Square>(a, 0.9), time_of<Small>(a, 0.6)};
  int best = 0;
  for (int i = 1; i < kConvBf16Tiles; ++i)
    if (time[i] < time[best]) best = i;
  return best;
}

void conv2d_bf16_mma(const Conv2dBf16& a, int tile, Stream& stream) {
  constexpr void (*kRun[])(const Conv2dBf16&, Stream&) = {run<Tall>, run<Wide>, run<Narrow>, run<Square>,
                                                          run<Small>};
  kRun[tile](a, stream);
}

void conv2d_bf16_mma(const Conv2dBf16& a, void*, Stream& stream) {
  conv2d_bf16_mma(a, conv2d_bf16_mma_tile(a), stream);
}

}  // namespace graft::DEVICE_NS
