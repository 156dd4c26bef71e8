// bf16 on the CPU is storage: values are widened, which is exact, and computed with as f32.
#include "kernels/cpu/bf16.h"

#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/bf16.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// bf16_of() in integer arithmetic: adds half of the last place that is kept, less one bit where that place is even,
// and takes the upper half.
void narrow_range(const float* x, Bf16* y, int64_t begin, int64_t end) {
  for_lanes<uint32_t>(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<float, decltype(d)> floats;
    const hn::Rebind<int32_t, decltype(d)> whole;
    const hn::Rebind<uint16_t, decltype(d)> half;
    const auto value = hn::LoadU(floats, x + i);
    const auto bits = hn::BitCast(d, value);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFFu))));
    const auto is_nan = hn::RebindMask(d, hn::IsNaN(value));
    const auto result = hn::IfThenElse(is_nan, hn::Set(d, 0x7FFFu), rounded);
    hn::StoreU(hn::DemoteTo(half, hn::BitCast(whole, result)), half, &y[i].bits);
  });
}

void widen_range(const Bf16* x, float* y, int64_t begin, int64_t end) {
  for_lanes<uint32_t>(begin, end, [&](auto d, int64_t i) HWY_ATTR {
    const hn::Rebind<float, decltype(d)> floats;
    const hn::Rebind<uint16_t, decltype(d)> half;
    const auto bits = hn::ShiftLeft<16>(hn::PromoteTo(d, hn::LoadU(half, &x[i].bits)));
    hn::StoreU(hn::BitCast(floats, bits), floats, y + i);
  });
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace graft::cpu {

HWY_EXPORT(narrow_range);
HWY_EXPORT(widen_range);

namespace {

void narrow(const float* x, int64_t size, Bf16* y) {
  parallel_chunks(size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(narrow_range)(x, y, begin, end);
  });
}

void widen(const Bf16* x, int64_t size, float* y) {
  parallel_chunks(size, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(widen_range)(x, y, begin, end);
  });
}

// The convolution in f32 between widened copies; its pointers are offsets into the workspace: x, w, y, and its own.
struct Widened {
  Conv2d conv;
  const Variant<Conv2d>* variant;
  int64_t x = 0, w, y, own;  // floats
};
Widened widened(const Conv2dBf16& a) {
  Widened f{{a.at, nullptr, nullptr, a.bias, nullptr, a.relu, a.pool}, nullptr, 0, 0, 0, 0};
  f.variant = &conv2d_rows().select(f.conv, {});
  const auto aligned = [](int64_t floats) { return (floats + 15) / 16 * 16; };
  f.w = aligned(a.at.x_size()), f.y = f.w + aligned(a.at.w_size()), f.own = f.y + aligned(a.y_size());
  return f;
}

}  // namespace

void to_bf16(const ToBf16& a, void*, Stream&) { narrow(a.x, a.size, a.y); }
void from_bf16(const FromBf16& a, void*, Stream&) { widen(a.x, a.size, a.y); }

size_t widened_workspace(const Conv2dBf16& a) {
  const Widened f = widened(a);
  return static_cast<size_t>(f.own) * sizeof(float) + f.variant->workspace(f.conv);
}

void conv2d_bf16_widened(const Conv2dBf16& a, void* workspace, Stream& stream) {
  Widened f = widened(a);
  float* const floats = static_cast<float*>(workspace);
  widen(a.x, a.at.x_size(), floats);
  widen(a.w, a.at.w_size(), floats + f.w);
  f.conv.x = floats, f.conv.w = floats + f.w, f.conv.y = floats + f.y;
  f.variant->run(f.conv, floats + f.own, stream);
  narrow(f.conv.y, a.y_size(), a.y);
}

}  // namespace graft::cpu
#endif
