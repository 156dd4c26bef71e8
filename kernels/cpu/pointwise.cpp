// Elementwise ops.
#include "kernels/cpu/pointwise.h"

#include "kernels/cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

void relu_range(const Relu& a, int64_t begin, int64_t end) {
  for_lanes(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto x = hn::LoadU(d, a.x + i);
    hn::StoreU(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), d, a.y + i);
  });
}

void relu_grad_range(const ReluGrad& a, int64_t begin, int64_t end) {
  for_lanes(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const auto on = hn::Gt(hn::LoadU(d, a.y + i), hn::Zero(d));
    hn::StoreU(hn::IfThenElseZero(on, hn::LoadU(d, a.dy + i)), d, a.dx + i);
  });
}

void add_range(const Add& a, int64_t begin, int64_t end) {
  for_lanes(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, a.y + i), hn::LoadU(d, a.x + i)), d, a.y + i);
  });
}

// In plain C++: Highway's conversion from double turns infinities finite on its scalar target.
void scale_range(const Scale& a, int64_t begin, int64_t end) {
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) a.x[i] = static_cast<float>(a.factor * a.x[i]);
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(relu_range);
HWY_EXPORT(relu_grad_range);
HWY_EXPORT(add_range);
HWY_EXPORT(scale_range);

void relu(const Relu& a, void*, Stream&) {
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(relu_range)(a, begin, end);
  });
}

void relu_grad(const ReluGrad& a, void*, Stream&) {
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(relu_grad_range)(a, begin, end);
  });
}

void add(const Add& a, void*, Stream&) {
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(add_range)(a, begin, end);
  });
}

void scale(const Scale& a, void*, Stream&) {
  parallel_chunks(a.size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(scale_range)(a, begin, end);
  });
}

}  // namespace graft::cpu
#endif
