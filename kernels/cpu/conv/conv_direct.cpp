// Convolution with stride 1, without an im2col matrix: the padded input rows of a task are
// copied once, kDepth channels at a time, and every tap of the filter reads them at its own
// offset. Weights are packed once per call, in the order of use. The gradient of the input
// is the same correlation of dy with the flipped, transposed filters. A task is some rows
// of one image by kGroup filters; the sum over channel blocks accumulates in y, in order.
#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/tasks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv/conv_direct.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/gemm/tile-inl.h"

#ifndef GRAFT_CPU_CONV_DIRECT_ONCE
#define GRAFT_CPU_CONV_DIRECT_ONCE
namespace graft::cpu {

// y[n,p,q,k] = relu?(bias[k] + sum over r,s,c of x[n, p+r-pad_h, q+s-pad_w, c] * filter(r,s,c,k)), zero outside x;
// filter is w[r,s,c,k], or w[R-1-r,S-1-s,k,c] when `flipped`.
struct Correlation {
  int64_t n, h, w, c, k, r, s, p, q, pad_h, pad_w;
  const float *x, *filters, *bias;
  float* y;
  bool flipped, relu;
};

constexpr int64_t kGroup = 64;        // filters per task
constexpr int64_t kMaxColumns = 224;  // per task, so that its rows fit the L2 cache

// How y is divided into tasks: by sizes alone.
struct Grid {
  int64_t rows, cols, groups;  // number of blocks in p, q, k
  int64_t most_rows, most_cols;
};
inline Grid grid_of(const Correlation& g) {
  Grid grid;
  grid.cols = ceil_div(g.q, kMaxColumns);
  grid.most_cols = ceil_div(g.q, grid.cols);
  const int64_t rows = std::min(g.p, std::max<int64_t>(4, ceil_div(98, grid.most_cols)));
  grid.rows = ceil_div(g.p, rows);
  grid.most_rows = ceil_div(g.p, grid.rows);
  grid.groups = ceil_div(g.k, kGroup);
  return grid;
}

}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Filters [panel][block of c][r][s][c in the block][kTileN].
void pack_filters(const Correlation& g, int64_t panel, int64_t c0, float* packed) {
  const int64_t depth = std::min<int64_t>(kDepth, g.c - c0), k0 = panel * kTileN;
  float* to = packed + panel * kTileN * g.r * g.s * g.c + c0 * g.r * g.s * kTileN;
  for (int64_t r = 0; r < g.r; ++r)
    for (int64_t s = 0; s < g.s; ++s, to += depth * kTileN) {
      if (g.flipped) {
        const int64_t tap = (g.r - 1 - r) * g.s + g.s - 1 - s;
        pack_panel_transposed(g.filters + (tap * g.k + k0) * g.c + c0, g.c, depth, g.k - k0, to);
      } else {
        const int64_t tap = r * g.s + s;
        pack_panel(g.filters + (tap * g.c + c0) * g.k + k0, g.k, depth, g.k - k0, to);
      }
    }
}

// Copies `depth` channels of the pixels [h0, h0+rows) x [w0, w0+cols), zero outside the image.
void copy_patch(const Correlation& g, int64_t n, int64_t h0, int64_t rows, int64_t w0, int64_t cols, int64_t c0,
                int64_t depth, float* to) {
  for (int64_t h = h0; h < h0 + rows; ++h) {
    const float* row = g.x + (n * g.h + h) * g.w * g.c + c0;
    for (int64_t w = w0; w < w0 + cols; ++w, to += kDepth) {
      if (h < 0 || h >= g.h || w < 0 || w >= g.w) {
        clear_row(to, depth);
      } else {
        copy_row(row + w * g.c, depth, to);
      }
    }
  }
}

void correlate_block(const Correlation& g, const Grid& grid, const float* packed, int64_t task, float* patch) {
  const int64_t group = task % grid.groups, col = task / grid.groups % grid.cols;
  const int64_t row = task / (grid.groups * grid.cols) % grid.rows,
                n = task / (grid.groups * grid.cols * grid.rows);
  const int64_t p0 = row * g.p / grid.rows, p1 = (row + 1) * g.p / grid.rows;
  const int64_t q0 = col * g.q / grid.cols, q1 = (col + 1) * g.q / grid.cols;
  const int64_t k_end = std::min(g.k, (group + 1) * kGroup), width = q1 - q0 + g.s - 1;
  for (int64_t c0 = 0; c0 < g.c; c0 += kDepth) {
    const Taps taps{g.r, g.s, std::min<int64_t>(kDepth, g.c - c0), width * kDepth, kDepth};
    copy_patch(g, n, p0 - g.pad_h, p1 - p0 + g.r - 1, q0 - g.pad_w, width, c0, taps.depth, patch);
    for (int64_t k0 = group * kGroup; k0 < k_end; k0 += kTileN) {
      const float* panel = packed + (k0 * g.c + c0 * kTileN) * g.r * g.s;
      for (int64_t p = p0; p < p1; ++p) {
        float* y = g.y + ((n * g.p + p) * g.q + q0) * g.k + k0;
        const bool first = c0 == 0, last = c0 + kDepth >= g.c;
        const Store store{y, g.k, g.k - k0, first && g.bias ? g.bias + k0 : nullptr, !first, last && g.relu};
        tile_column(q1 - q0, patch + (p - p0) * width * kDepth, panel, taps, store);
      }
    }
  }
}

void correlate(const Correlation& g, float* packed) {
  const int64_t panels = ceil_div(g.k, kTileN), blocks = ceil_div(g.c, kDepth);
  parallel_tasks(panels * blocks, 0,
                 [&](int64_t task, float*) { pack_filters(g, task / blocks, task % blocks * kDepth, packed); });
  const Grid grid = grid_of(g);
  const int64_t patch = (grid.most_rows + g.r - 1) * (grid.most_cols + g.s - 1) * kDepth;
  parallel_tasks(g.n * grid.rows * grid.cols * grid.groups, patch,
                 [&](int64_t task, float* scratch) { correlate_block(g, grid, packed, task, scratch); });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {
namespace {

bool supports(const Conv2dShape& at) { return at.stride == 1 && at.r <= 11 && at.s <= 11; }

// Panels are at most 32 filters wide.
size_t packed_bytes(const Conv2dShape& at, int64_t inputs, int64_t outputs) {
  return static_cast<size_t>(round_up(outputs, 32) * inputs * at.r * at.s) * sizeof(float);
}

}  // namespace

HWY_EXPORT(correlate);

bool direct_supports(const Conv2d& a, const DeviceInfo&) { return supports(a.at) && !a.pool; }
bool direct_supports(const Conv2dGradInput& a, const DeviceInfo&) { return supports(a.at); }
size_t direct_workspace(const Conv2d& a) { return packed_bytes(a.at, a.at.c, a.at.k); }
size_t direct_workspace(const Conv2dGradInput& a) { return packed_bytes(a.at, a.at.k, a.at.c); }

void conv2d_direct(const Conv2d& a, void* workspace, Stream&) {
  const Conv2dShape& at = a.at;
  const Correlation g{at.n,   at.h,   at.w, at.c, at.k,   at.r, at.s,  at.p(), at.q(),
                      at.pad, at.pad, a.x,  a.w,  a.bias, a.y,  false, a.relu};
  HWY_DYNAMIC_DISPATCH(correlate)(g, static_cast<float*>(workspace));
}

void conv2d_grad_input_direct(const Conv2dGradInput& a, void* workspace, Stream&) {
  const Conv2dShape& at = a.at;
  const Correlation g{
      at.n, at.p(), at.q(),  at.k, at.c, at.r, at.s, at.h, at.w, at.r - 1 - at.pad, at.s - 1 - at.pad,
      a.dy, a.w,    nullptr, a.dx, true, false};
  HWY_DYNAMIC_DISPATCH(correlate)(g, static_cast<float*>(workspace));
}

}  // namespace graft::cpu
#endif
