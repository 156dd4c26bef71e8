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

constexpr int64_t kRun = 64;  // channels whose codes are packed together: a multiple of 4 and of all vectors

void pack_codes(const uint8_t* code, int64_t count, uint8_t* to) {
  for (int64_t i = 0; i < count; i += 4) {
    int byte = 0;
    for (int64_t j = i; j < std::min(i + 4, count); ++j) byte |= code[j] << (j - i) * 2;
    to[i / 4] = static_cast<uint8_t>(byte);
  }
}

void unpack_codes(const uint8_t* from, int64_t count, uint8_t* code) {
  for (int64_t i = 0; i < count; ++i) code[i] = from[i / 4] >> i % 4 * 2 & 3;
}

// One window column at a time: two rows of two neighbours, `c` apart.
void maxpool_row(const MaxPool& a, int64_t row) {
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c, codes = argmax_bytes(1, c);
  const float* top = a.x + (row / p * a.h + row % p * 2) * a.w * c;
  for (int64_t col = 0; col < q; ++col) {
    const float* x0 = top + col * 2 * c;
    const float* x1 = x0 + int64_t{a.w} * c;
    float* y = a.y + (row * q + col) * c;
    uint8_t code[kRun];
    const auto window = [&](auto d, int64_t i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> s;
      const hn::Rebind<uint8_t, decltype(d)> u;
      auto best = hn::LoadU(d, x0 + i);
      auto at = hn::Zero(s);
      take_larger(d, hn::LoadU(d, x0 + c + i), hn::Set(s, 1), best, at);
      take_larger(d, hn::LoadU(d, x1 + i), hn::Set(s, 2), best, at);
      take_larger(d, hn::LoadU(d, x1 + c + i), hn::Set(s, 3), best, at);
      hn::StoreU(best, d, y + i);
      if (a.argmax) hn::StoreU(hn::DemoteTo(u, at), u, code + i % kRun);
    };
    for (int64_t i = 0; i < c; i += kRun) {
      const int64_t end = std::min(i + kRun, c);
      for_lanes(i, end, window);
      if (a.argmax) pack_codes(code, end - i, a.argmax + (row * q + col) * codes + i / 4);
    }
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
  const int64_t p = a.h / 2, q = a.w / 2, c = a.c, line = int64_t{a.w} * c, codes = argmax_bytes(1, c);
  float* top = a.dx + (row / p * a.h + row % p * 2) * line;
  for (int64_t col = 0; col < q; ++col) {
    uint8_t code[kRun];
    const auto window = [&](auto d, int64_t i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> s;
      const hn::Rebind<uint8_t, decltype(d)> u;
      const auto dy = hn::LoadU(d, a.dy + (row * q + col) * c + i);
      const auto at = hn::PromoteTo(s, hn::LoadU(u, code + i % kRun));
      for (int part = 0; part < 4; ++part) {
        const auto here = hn::RebindMask(d, hn::Eq(at, hn::Set(s, part)));
        hn::StoreU(hn::IfThenElseZero(here, dy), d, top + part / 2 * line + (col * 2 + part % 2) * c + i);
      }
    };
    for (int64_t i = 0; i < c; i += kRun) {
      const int64_t end = std::min(i + kRun, c);
      unpack_codes(a.argmax + (row * q + col) * codes + i / 4, end - i, code);
      for_lanes(i, end, window);
    }
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
