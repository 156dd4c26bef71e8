// bf16 on the CPU is storage: values are widened, which is exact, and computed with as f32.
#include "kernels/cpu/bf16.h"

#include "kernels/cpu/conv.h"
#include "kernels/cpu/parallel.h"

namespace graft::cpu {
namespace {

void narrow(const float* x, int64_t size, Bf16* y) {
  parallel_chunks(size, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = bf16_of(x[i]);
  });
}

void widen(const Bf16* x, int64_t size, float* y) {
  parallel_chunks(size, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = f32_of(x[i]);
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
