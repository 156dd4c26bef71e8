// One pass over the arena per step: every array is read and written once.
#include <cmath>

#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/optimizers.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

#ifndef GRAFT_CPU_ADAM_STEP
#define GRAFT_CPU_ADAM_STEP
namespace graft::cpu {
// Both forms of epsilon as one formula: w -= rate * m / (sqrt(v) * root_scale + eps).
struct AdamStep {
  float rate, root_scale;
};
}  // namespace graft::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

void adam_range(const Adam& a, AdamStep step, int64_t begin, int64_t end) {
  for_lanes(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto beta1 = hn::Set(d, a.beta1), rest1 = hn::Set(d, static_cast<float>(1 - double{a.beta1}));
    const auto beta2 = hn::Set(d, a.beta2), rest2 = hn::Set(d, static_cast<float>(1 - double{a.beta2}));
    const auto w = hn::LoadU(d, a.w + i);
    const auto g = hn::MulAdd(hn::Set(d, a.decay), w, hn::LoadU(d, a.g + i));
    const auto m = hn::MulAdd(beta1, hn::LoadU(d, a.m + i), hn::Mul(rest1, g));
    const auto v = hn::MulAdd(beta2, hn::LoadU(d, a.v + i), hn::Mul(rest2, hn::Mul(g, g)));
    const auto below = hn::MulAdd(hn::Sqrt(v), hn::Set(d, step.root_scale), hn::Set(d, a.eps));
    hn::StoreU(hn::NegMulAdd(hn::Set(d, step.rate), hn::Div(m, below), w), d, a.w + i);
    hn::StoreU(m, d, a.m + i);
    hn::StoreU(v, d, a.v + i);
  });
}

void sgd_range(const Sgd& a, int64_t begin, int64_t end) {
  for_lanes(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto w = hn::LoadU(d, a.w + i);
    auto velocity = hn::MulAdd(hn::Set(d, a.decay), w, hn::LoadU(d, a.g + i));
    if (a.velocity) {
      velocity = hn::MulAdd(hn::Set(d, a.momentum), hn::LoadU(d, a.velocity + i), velocity);
      hn::StoreU(velocity, d, a.velocity + i);
    }
    hn::StoreU(hn::NegMulAdd(hn::Set(d, a.lr), velocity, w), d, a.w + i);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(adam_range);
HWY_EXPORT(sgd_range);

void adam(const Adam& a, void*, Stream&) {
  const double t = static_cast<double>(a.t);
  const double fix1 = 1 - std::pow(double{a.beta1}, t), fix2 = 1 - std::pow(double{a.beta2}, t);
  const bool keras = a.form == EpsilonForm::keras;
  const AdamStep step = {static_cast<float>(a.lr * (keras ? std::sqrt(fix2) : 1) / fix1),
                         static_cast<float>(keras ? 1 : 1 / std::sqrt(fix2))};
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(adam_range)(a, step, begin, end);
  });
}

void sgd(const Sgd& a, void*, Stream&) {
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(sgd_range)(a, begin, end);
  });
}

}  // namespace graft::cpu
#endif
