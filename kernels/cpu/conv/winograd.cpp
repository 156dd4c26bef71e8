// Winograd's convolution: transform the filters once per call (u), then the input tiles (v), multiply at each of
// the 36 points over the channels (m = v u), and transform m to 4x4 outputs with bias and ReLU. Tiles are numbered
// through the whole batch, so that small images fill tasks together. With few channels a task does the three steps
// for some tiles by some filters: v and m are private to its thread and stay in its cache; u streams. With many
// channels u exceeds the caches, and so do v and m of a task: then each step runs for more tiles on all threads
// before the next one, and u is read once for them. The gradient of the input is the same with the flipped,
// transposed filters. Planes of the 36 points lie an odd number of cache lines apart: at a multiple of 4096 bytes
// they would all compete for one cache set.
#include "kernels/cpu/conv/winograd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/conv/winograd_transform-inl.h"

#ifndef GRAFT_CPU_WINOGRAD_ONCE
#define GRAFT_CPU_WINOGRAD_ONCE
namespace graft::cpu {

// y[n,p,q,k] = relu?(bias[k] + sum over r,s,c of x[n, p+r-pad, q+s-pad, c] * filter(r,s,c,k)), zero outside x;
// filter is w[r,s,c,k], or w[2-r,2-s,k,c] when `flipped`. With `pool`, y has the largest of each 2x2 window.
struct Winograd {
  int64_t n, h, w, c, k, p, q, pad;
  const float *x, *filters, *bias;
  float* y;
  bool flipped, relu, pool;
};

constexpr int64_t kPoints = 36, kSide = 4;            // per tile: points of the transform, side of the output
constexpr int64_t kFilterRows = 16;                   // channels of a task that transforms filters
constexpr int64_t kWidestPanel = 32, kChannels = 64;  // of a panel, for any target; of a row of the left operand
constexpr int64_t kTiles = 28;  // per task at most: v and m fit the L2 cache with 128 channels, nearly with 256
constexpr int64_t kGroup = 64;  // filters per task are a multiple of this
constexpr int64_t kTasks = 16;  // minimum, if there are enough filters
constexpr int64_t kSharedChannels = 512;  // from here on the steps run one after the other on all threads
constexpr int64_t kSharedTiles = 196, kTilesOfTask = 4, kFiltersOfTask = 256;
constexpr int64_t kChunk = 256;  // channels summed in registers: longer sums lose more to rounding

// Floats from plane to plane for planes of at least `size`.
constexpr int64_t plane_of(int64_t size) { return round_up(size, 1024) + 16; }
constexpr int64_t filter_plane(int64_t c, int64_t k) { return plane_of(round_up(k, kWidestPanel) * c); }

// How the work is divided into tasks, by sizes alone.
struct WinogradGrid {
  int64_t down, across, tiles;  // tiles per image, in total
  int64_t blocks, groups;       // of tiles, of filters
  int64_t most_tiles, most_filters;
  int64_t v_plane, m_plane;
};
inline bool steps_shared(const Winograd& g) { return g.c >= kSharedChannels; }

inline WinogradGrid grid_of(const Winograd& g) {
  WinogradGrid grid;
  grid.down = ceil_div(g.p, kSide), grid.across = ceil_div(g.q, kSide), grid.tiles = g.n * grid.down * grid.across;
  grid.blocks = ceil_div(grid.tiles, steps_shared(g) ? kSharedTiles : kTiles);
  grid.most_tiles = ceil_div(grid.tiles, grid.blocks);
  const int64_t groups = ceil_div(g.k, kGroup), wanted = steps_shared(g) ? 1 : ceil_div(kTasks, grid.blocks);
  grid.most_filters = ceil_div(groups, std::min(wanted, groups)) * kGroup;
  grid.groups = ceil_div(g.k, grid.most_filters);
  grid.v_plane = plane_of(grid.most_tiles * round_up(g.c, kChannels));
  grid.m_plane = plane_of(grid.most_tiles * grid.most_filters);
  return grid;
}

}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

static_assert(kTileN <= kWidestPanel && kDepth == kChannels && kGroup % kTileN == 0 && kChunk % kDepth == 0);

// A task: tiles [t0, t0 + tiles) by filters [k0, k0 + filters).
struct Block {
  int64_t t0, tiles, k0, filters;
  float *v, *m, *zeros;  // v: [point][block of kDepth channels][tile][kDepth], m: [point][tile][filter]
};

// u: [point][chunk of channels][panel][channel in the chunk][kTileN], in the order of use. Offset within a plane:
int64_t panel_at(const Winograd& g, int64_t panel, int64_t c) {
  const int64_t chunk = c / kChunk * kChunk, depth = std::min(kChunk, g.c - chunk);
  return (ceil_div(g.k, kTileN) * chunk + panel * depth + c - chunk) * kTileN;
}

void transform_filters(const Winograd& g, int64_t panel, int64_t c0, float* taps, float* u) {
  const int64_t depth = std::min(kFilterRows, g.c - c0), k0 = panel * kTileN, step = depth * kTileN;
  for (int64_t tap = 0; tap < 9; ++tap) {
    if (g.flipped) {
      pack_panel_transposed(g.filters + ((8 - tap) * g.k + k0) * g.c + c0, g.c, depth, g.k - k0, taps + tap * step);
    } else {
      pack_panel(g.filters + (tap * g.c + c0) * g.k + k0, g.k, depth, g.k - k0, taps + tap * step);
    }
  }
  float* to = u + panel_at(g, panel, c0);
  for (int64_t i = 0; i < step; i += kLanes) transform_filter_tile(taps + i, step, to + i, filter_plane(g.c, g.k));
}

struct Position {
  int64_t n, p, q;  // image, first output pixel
};
Position position_of(const WinogradGrid& grid, int64_t tile) {
  const int64_t row = tile / grid.across;
  return {row / grid.down, row % grid.down * kSide, tile % grid.across * kSide};
}

// Tiles [first, last) of the block.
void transform_inputs(const Winograd& g, const WinogradGrid& grid, const Block& b, int64_t first, int64_t last) {
  clear_row(b.zeros, g.c);
  const int64_t whole = g.c / kLanes * kLanes;
  for (int64_t t = first; t < last; ++t) {
    const Position at = position_of(grid, b.t0 + t);
    const float* pixels[kPoints];
    for (int64_t i = 0; i < kPoints; ++i) {
      const int64_t h = at.p - g.pad + i / 6, w = at.q - g.pad + i % 6;
      const bool outside = h < 0 || h >= g.h || w < 0 || w >= g.w;
      pixels[i] = outside ? b.zeros : g.x + ((at.n * g.h + h) * g.w + w) * g.c;
    }
    const auto to = [&](int64_t c) { return b.v + (c / kDepth * grid.most_tiles + t) * kDepth + c % kDepth; };
    for (int64_t c = 0; c < whole; c += kLanes) transform_input_tile(pixels, c, to(c), grid.v_plane);
    if (whole == g.c) continue;
    alignas(64) float rest[kPoints][kLanes] = {};
    for (int64_t i = 0; i < kPoints; ++i) {
      std::copy_n(pixels[i] + whole, g.c - whole, rest[i]);
      pixels[i] = rest[i];
    }
    transform_input_tile(pixels, 0, to(whole), grid.v_plane);
  }
}

// m = v u at a point, for filters [first, last) of the block.
void multiply(const Winograd& g, const WinogradGrid& grid, const Block& b, const float* u, int64_t point,
              int64_t first, int64_t last) {
  for (int64_t c = 0, next; c < g.c; c = next) {
    const int64_t whole = std::min(g.c - c, kChunk - c % kChunk) / kDepth;
    const Taps taps{1, std::max<int64_t>(whole, 1), whole ? kDepth : g.c - c, 0, grid.most_tiles * kDepth};
    next = c + taps.cols * taps.depth;
    const float* v = b.v + point * grid.v_plane + c * grid.most_tiles;
    for (int64_t k = first; k < last; k += kTileN) {
      float* m = b.m + point * grid.m_plane + k;
      const float* panel = u + point * filter_plane(g.c, g.k) + panel_at(g, (b.k0 + k) / kTileN, c);
      tile_column(b.tiles, v, panel, taps, {m, grid.most_filters, kTileN, nullptr, c > 0, false});
    }
  }
}

// The larger one, or the NaN.
HWY_INLINE Vec larger(Vec a, Vec b) { return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(b)), b, a); }

// 4x4 outputs to 2x2, in place. A tile starts at an even row and column, so its windows are complete.
HWY_INLINE void pool_tile(Vec (&y)[kSide][kSide]) {
  for (int r = 0; r < kSide / 2; ++r)
    for (int s = 0; s < kSide / 2; ++s)
      y[r][s] = larger(larger(y[2 * r][2 * s], y[2 * r][2 * s + 1]),
                       larger(y[2 * r + 1][2 * s], y[2 * r + 1][2 * s + 1]));
}

// Tiles [first, last) of the block.
void transform_outputs(const Winograd& g, const WinogradGrid& grid, const Block& b, int64_t first, int64_t last) {
  const Tag d;
  const int64_t by = g.pool ? 2 : 1, height = g.p / by, width = g.q / by;  // of y
  for (int64_t t = first; t < last; ++t) {
    const Position at = position_of(grid, b.t0 + t);
    const int64_t rows = std::min(kSide, g.p - at.p) / by, cols = std::min(kSide, g.q - at.q) / by;
    float* y = g.y + ((at.n * height + at.p / by) * width + at.q / by) * g.k + b.k0;
    for (int64_t k = 0; k < b.filters; k += kLanes) {
      const int64_t used = std::min<int64_t>(kLanes, b.filters - k);
      alignas(64) float part[kLanes] = {};
      if (g.bias) std::copy_n(g.bias + b.k0 + k, used, part);
      Vec out[kSide][kSide];
      transform_output_tile(b.m + t * grid.most_filters + k, grid.m_plane, hn::Load(d, part), g.relu, out);
      if (g.pool) pool_tile(out);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t s = 0; s < cols; ++s) {
          float* to = y + (r * width + s) * g.k + k;
          if (used == kLanes) {
            hn::StoreU(out[r][s], d, to);
          } else {
            hn::Store(out[r][s], d, part);
            std::copy_n(part, used, to);
          }
        }
    }
  }
}

// A block of tiles by all filters, each step on all threads.
void convolve_shared(const Winograd& g, const WinogradGrid& grid, const float* u, Block b) {
  const int64_t runs = ceil_div(b.tiles, kTilesOfTask), groups = ceil_div(b.filters, kFiltersOfTask);
  const auto tiles_of = [&](int64_t run, const auto& step) {
    step(run * kTilesOfTask, std::min((run + 1) * kTilesOfTask, b.tiles));
  };
  parallel_tasks(runs, g.c, [&](int64_t run, float* scratch) {
    Block mine = b;
    mine.zeros = scratch;
    tiles_of(run, [&](int64_t first, int64_t last) { transform_inputs(g, grid, mine, first, last); });
  });
  parallel_tasks(kPoints * groups, 0, [&](int64_t task, float*) {
    const int64_t first = task % groups * kFiltersOfTask;
    multiply(g, grid, b, u, task / groups, first, std::min(first + kFiltersOfTask, b.filters));
  });
  parallel_tasks(runs, 0, [&](int64_t run, float*) {
    tiles_of(run, [&](int64_t first, int64_t last) { transform_outputs(g, grid, b, first, last); });
  });
}

// workspace: u, then v and m if the steps are shared.
void winograd(const Winograd& g, float* u) {
  const int64_t panels = ceil_div(g.k, kTileN), rows = ceil_div(g.c, kFilterRows);
  parallel_tasks(panels * rows, 9 * kFilterRows * kTileN, [&](int64_t task, float* scratch) {
    transform_filters(g, task / rows, task % rows * kFilterRows, scratch, u);
  });
  const WinogradGrid grid = grid_of(g);
  const int64_t v_size = kPoints * grid.v_plane, m_size = kPoints * grid.m_plane;
  const auto block_at = [&](int64_t i, int64_t k0, float* v) -> Block {
    const int64_t t0 = i * grid.tiles / grid.blocks, t1 = (i + 1) * grid.tiles / grid.blocks;
    return {t0, t1 - t0, k0, std::min(grid.most_filters, g.k - k0), v, v + v_size, v + v_size + m_size};
  };
  if (steps_shared(g)) {
    float* const v = u + kPoints * filter_plane(g.c, g.k);
    for (int64_t i = 0; i < grid.blocks; ++i) convolve_shared(g, grid, u, block_at(i, 0, v));
    return;
  }
  parallel_tasks(grid.blocks * grid.groups, v_size + m_size + g.c, [&](int64_t task, float* scratch) {
    const Block b = block_at(task / grid.groups, task % grid.groups * grid.most_filters, scratch);
    transform_inputs(g, grid, b, 0, b.tiles);
    for (int64_t point = 0; point < kPoints; ++point) multiply(g, grid, b, u, point, 0, b.filters);
    transform_outputs(g, grid, b, 0, b.tiles);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {
namespace {

// p x q outputs from `inputs` channels. Measured: with 3 channels the transforms cost what the products save, with
// 8 they no longer do; nor do tiles that extend past the image, until half of their outputs are wanted.
bool supports(const Conv2dShape& at, int64_t inputs, int64_t p, int64_t q) {
  return at.r == 3 && at.s == 3 && at.stride == 1 && inputs >= 8 &&
         p * q >= 8 * ceil_div(p, kSide) * ceil_div(q, kSide);
}

Winograd problem(const Conv2d& a) {
  const Conv2dShape& at = a.at;
  return {at.n, at.h, at.w, at.c, at.k, at.p(), at.q(), at.pad, a.x, a.w, a.bias, a.y, false, a.relu, a.pool};
}

Winograd problem(const Conv2dGradInput& a) {
  const Conv2dShape& at = a.at;
  return {at.n, at.p(), at.q(), at.k, at.c, at.h, at.w, 2 - at.pad, a.dy, a.w, nullptr, a.dx, true, false, false};
}

size_t workspace(const Winograd& g) {
  const WinogradGrid grid = grid_of(g);
  const int64_t planes = filter_plane(g.c, g.k) + (steps_shared(g) ? grid.v_plane + grid.m_plane : 0);
  return static_cast<size_t>(kPoints * planes) * sizeof(float);
}

}  // namespace

HWY_EXPORT(winograd);

bool winograd_supports(const Conv2d& a, const DeviceInfo&) { return supports(a.at, a.at.c, a.at.p(), a.at.q()); }
bool winograd_supports(const Conv2dGradInput& a, const DeviceInfo&) {
  return supports(a.at, a.at.k, a.at.h, a.at.w);
}
size_t winograd_workspace(const Conv2d& a) { return workspace(problem(a)); }
size_t winograd_workspace(const Conv2dGradInput& a) { return workspace(problem(a)); }

void conv2d_winograd(const Conv2d& a, void* workspace, Stream&) {
  HWY_DYNAMIC_DISPATCH(winograd)(problem(a), static_cast<float*>(workspace));
}

void conv2d_grad_input_winograd(const Conv2dGradInput& a, void* workspace, Stream&) {
  HWY_DYNAMIC_DISPATCH(winograd)(problem(a), static_cast<float*>(workspace));
}

}  // namespace graft::cpu
#endif
