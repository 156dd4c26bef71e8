// Max pooling and mean over positions.
#include <cmath>

#include "kernels/reference/reference.h"

namespace graft::reference {

void maxpool(const MaxPool& a) {
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c, codes = argmax_bytes(1, c);
  for (int64_t i = 0; a.argmax && i < a.n * p * q * codes; ++i) a.argmax[i] = 0;
  for (int64_t out = 0; out < a.n * p * q * c; ++out) {
    const int64_t channel = out % c, col = out / c % q, row = out / c / q % p, image = out / c / q / p;
    float best = 0;
    uint8_t at = 0;
    for (uint8_t i = 0; i < 4; ++i) {
      const float v = a.x[((image * a.h + 2 * row + i / 2) * a.w + 2 * col + i % 2) * c + channel];
      if (i == 0 || v > best || (std::isnan(v) && !std::isnan(best))) best = v, at = i;
    }
    a.y[out] = best;
    if (a.argmax) a.argmax[out / c * codes + channel / 4] |= at << channel % 4 * 2;
  }
}

void maxpool_grad(const MaxPoolGrad& a) {
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c;
  for (int64_t i = 0; i < int64_t{a.n} * a.h * a.w * c; ++i) a.dx[i] = 0;
  for (int64_t out = 0; out < a.n * p * q * c; ++out) {
    const int64_t channel = out % c, col = out / c % q, row = out / c / q % p, image = out / c / q / p;
    const int at = a.argmax[out / c * argmax_bytes(1, c) + channel / 4] >> channel % 4 * 2 & 3;
    a.dx[((image * a.h + 2 * row + at / 2) * a.w + 2 * col + at % 2) * c + channel] = a.dy[out];
  }
}

void global_avgpool(const GlobalAvgPool& a) {
  const int64_t area = int64_t{a.h} * a.w;
  for (int64_t n = 0; n < a.n; ++n)
    for (int64_t c = 0; c < a.c; ++c) {
      double sum = 0;
      for (int64_t i = 0; i < area; ++i) sum += a.x[(n * area + i) * a.c + c];
      a.y[n * a.c + c] = static_cast<float>(sum / double(area));
    }
}

void global_avgpool_grad(const GlobalAvgPoolGrad& a) {
  const int64_t area = int64_t{a.h} * a.w;
  for (int64_t i = 0; i < a.n * area * a.c; ++i)
    a.dx[i] = static_cast<float>(a.dy[i / (area * a.c) * a.c + i % a.c] / double(area));
}

}  // namespace graft::reference
