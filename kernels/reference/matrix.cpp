// Matrix product and the sum of rows.
#include "kernels/reference/reference.h"

namespace graft::reference {

void gemm(const Gemm& a) {
  for (int64_t i = 0; i < a.m; ++i)
    for (int64_t j = 0; j < a.n; ++j) {
      double sum = a.bias ? a.bias[j] : 0;
      for (int64_t l = 0; l < a.k; ++l) {
        const double left = a.ta ? a.a[l * a.m + i] : a.a[i * a.k + l];
        const double right = a.tb ? a.b[j * a.k + l] : a.b[l * a.n + j];
        sum += left * right;
      }
      float& c = a.c[i * a.n + j];
      if (a.accumulate) sum += c;
      c = static_cast<float>(a.relu && sum < 0 ? 0 : sum);
    }
}

void bias_grad(const BiasGrad& a) {
  for (int j = 0; j < a.k; ++j) {
    double sum = a.accumulate ? a.db[j] : 0;
    for (int64_t i = 0; i < a.rows; ++i) sum += a.dy[i * a.k + j];
    a.db[j] = static_cast<float>(sum);
  }
}

}  // namespace graft::reference
