// Convolution and its two gradients, all three as one walk over the multiplications: every pair of an output pixel
// and a filter tap that lies inside the image.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/reference/reference.h"

namespace graft::reference {
namespace {

// Calls f(y_row, w_row, x_row): the output pixel, the filter tap and the input pixel that they read, as indices of
// rows of k, c*k and c values.
template <class F>
void for_each_tap(const Conv2dShape& at, F&& f) {
  for (int64_t n = 0; n < at.n; ++n)
    for (int64_t p = 0; p < at.p(); ++p)
      for (int64_t q = 0; q < at.q(); ++q)
        for (int64_t r = 0; r < at.r; ++r)
          for (int64_t s = 0; s < at.s; ++s) {
            const int64_t h = p * at.stride + r - at.pad, w = q * at.stride + s - at.pad;
            if (h < 0 || h >= at.h || w < 0 || w >= at.w) continue;
            f((n * at.p() + p) * at.q() + q, r * at.s + s, (n * at.h + h) * at.w + w);
          }
}

void add_rounded(const std::vector<double>& sums, bool accumulate, float* to) {
  for (size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<float>(sums[i] + (accumulate ? to[i] : 0.0));
}

}  // namespace

void conv2d(const Conv2d& a) {
  const int64_t c = a.at.c, k = a.at.k;
  std::vector<double> sums(static_cast<size_t>(a.at.y_size()));
  for_each_tap(a.at, [&](int64_t pixel, int64_t tap, int64_t from) {
    for (int64_t i = 0; i < c; ++i) {
      const double x = a.x[from * c + i];
      const float* w = a.w + (tap * c + i) * k;
      for (int64_t j = 0; j < k; ++j) sums[pixel * k + j] += x * w[j];
    }
  });
  std::vector<float> y(sums.size());
  for (size_t i = 0; i < y.size(); ++i) {
    const double sum = sums[i] + (a.bias ? a.bias[i % k] : 0.0);
    y[i] = static_cast<float>(a.relu && sum < 0 ? 0 : sum);
  }
  if (a.pool) {
    maxpool({a.at.n, a.at.p(), a.at.q(), a.at.k, y.data(), a.y});
  } else {
    std::copy(y.begin(), y.end(), a.y);
  }
}

void conv2d_bf16(const Conv2dBf16& a) {
  std::vector<float> x(a.at.x_size()), w(a.at.w_size()), y(a.y_size());
  std::transform(a.x, a.x + x.size(), x.begin(), f32_of);
  std::transform(a.w, a.w + w.size(), w.begin(), f32_of);
  conv2d({a.at, x.data(), w.data(), a.bias, y.data(), a.relu, a.pool});
  std::transform(y.begin(), y.end(), a.y, bf16_of);
}

void conv2d_grad_input(const Conv2dGradInput& a) {
  const int64_t c = a.at.c, k = a.at.k;
  std::vector<double> dx(static_cast<size_t>(a.at.x_size()));
  for_each_tap(a.at, [&](int64_t pixel, int64_t tap, int64_t to) {
    for (int64_t i = 0; i < c; ++i) {
      const float* w = a.w + (tap * c + i) * k;
      double sum = 0;
      for (int64_t j = 0; j < k; ++j) sum += double{a.dy[pixel * k + j]} * w[j];
      dx[to * c + i] += sum;
    }
  });
  add_rounded(dx, false, a.dx);
}

void conv2d_grad_weight(const Conv2dGradWeight& a) {
  const int64_t c = a.at.c, k = a.at.k;
  std::vector<double> dw(static_cast<size_t>(a.at.w_size())), db(static_cast<size_t>(k));
  for_each_tap(a.at, [&](int64_t pixel, int64_t tap, int64_t from) {
    for (int64_t i = 0; i < c; ++i) {
      const double x = a.x[from * c + i];
      double* row = dw.data() + (tap * c + i) * k;
      for (int64_t j = 0; j < k; ++j) row[j] += x * a.dy[pixel * k + j];
    }
  });
  add_rounded(dw, a.accumulate, a.dw);
  if (!a.db) return;
  for (int64_t i = 0; i < a.at.y_size(); ++i) db[i % k] += a.dy[i];
  add_rounded(db, a.accumulate, a.db);
}

}  // namespace graft::reference
