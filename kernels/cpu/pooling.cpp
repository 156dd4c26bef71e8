// Pooling, with the channels in the lanes: a chunk is a number of output rows.
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pooling.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// best, at = v, code where v is larger than best or the first NaN.
template <class D, class V, class I>
HWY_INLINE void take_larger(D, V v, I code, V& best, I& at) {
  const auto larger = hn::AndNot(hn::Le(v, best), hn::Eq(best, best));
  best = hn::IfThenElse(larger, v, best);
  at = hn::IfThenElse(hn::RebindMask(hn::RebindToSigned<D>(), larger), code, at);
}

// One window column at a time: two rows of two neighbours, `c` apart.
void maxpool_row(const MaxPool& a, int64_t row) {
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c;
  const float* top = a.x + (row / p * a.h + row % p * 2) * a.w * c;
  for (int64_t col = 0; col < q; ++col) {
    const float* x0 = top + col * 2 * c;
    const float* x1 = x0 + int64_t{a.w} * c;
    const int64_t out = (row * q + col) * c;
    for_lanes(0, c, [&](auto d, int64_t i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> s;
      const hn::Rebind<uint8_t, decltype(d)> u;
      auto best = hn::LoadU(d, x0 + i);
      auto at = hn::Zero(s);
      take_larger(d, hn::LoadU(d, x0 + c + i), hn::Set(s, 1), best, at);
      take_larger(d, hn::LoadU(d, x1 + i), hn::Set(s, 2), best, at);
      take_larger(d, hn::LoadU(d, x1 + c + i), hn::Set(s, 3), best, at);
      hn::StoreU(best, d, a.y + out + i);
      if (a.argmax) hn::StoreU(hn::DemoteTo(u, at), u, a.argmax + out + i);
    });
  }
}

void maxpool_rows(const MaxPool& a, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) maxpool_row(a, row);
}

void zero(float* x, int64_t size) {
  for (int64_t i = 0; i < size; ++i) x[i] = 0;
}

// Writes the two rows of dx above an output row, and the odd rows and columns that no window covers.
void maxpool_grad_row(const MaxPoolGrad& a, int64_t row) {
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c, line = int64_t{a.w} * c;
  float* top = a.dx + (row / p * a.h + row % p * 2) * line;
  for (int64_t col = 0; col < q; ++col) {
    const int64_t out = (row * q + col) * c;
    for_lanes(0, c, [&](auto d, int64_t i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> s;
      const hn::Rebind<uint8_t, decltype(d)> u;
      const auto dy = hn::LoadU(d, a.dy + out + i);
      const auto at = hn::PromoteTo(s, hn::LoadU(u, a.argmax + out + i));
      for (int code = 0; code < 4; ++code) {
        const auto here = hn::RebindMask(d, hn::Eq(at, hn::Set(s, code)));
        hn::StoreU(hn::IfThenElseZero(here, dy), d, top + code / 2 * line + (col * 2 + code % 2) * c + i);
      }
    });
  }
  const int64_t covered = q * 2 * c;
  zero(top + covered, line - covered), zero(top + line + covered, line - covered);
  if (row % p == p - 1 && a.h % 2) zero(top + 2 * line, line);
}

void maxpool_grad_rows(const MaxPoolGrad& a, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) maxpool_grad_row(a, row);
}

void global_avgpool_grad_rows(const GlobalAvgPoolGrad& a, int64_t begin, int64_t end) {
  const int64_t area = int64_t{a.h} * a.w;
  for (int64_t row = begin; row < end; ++row)
    for_lanes(0, a.c, [&](auto d, int64_t i) HWY_ATTR {
      const auto dy = hn::LoadU(d, a.dy + row / area * a.c + i);
      hn::StoreU(hn::Div(dy, hn::Set(d, static_cast<float>(area))), d, a.dx + row * a.c + i);
    });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(maxpool_rows);
HWY_EXPORT(maxpool_grad_rows);
HWY_EXPORT(global_avgpool_grad_rows);

void maxpool(const MaxPool& a, void*, Stream&) {
  parallel_rows(int64_t{a.n} * (a.h / 2), int64_t{2} * a.w * a.c, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(maxpool_rows)(a, begin, end);
  });
}

void maxpool_grad(const MaxPoolGrad& a, void*, Stream&) {
  parallel_rows(int64_t{a.n} * (a.h / 2), int64_t{2} * a.w * a.c, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(maxpool_grad_rows)(a, begin, end);
  });
}

void global_avgpool_grad(const GlobalAvgPoolGrad& a, void*, Stream&) {
  parallel_rows(int64_t{a.n} * a.h * a.w, a.c, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(global_avgpool_grad_rows)(a, begin, end);
  });
}

}  // namespace graft::cpu
#endif
