// A row of an image with its padding, copied as stored: for kernels that take few channels at once.
#if defined(GRAFT_CPU_PADDED_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_PADDED_ROW_INL_H
#undef GRAFT_CPU_PADDED_ROW_INL_H
#else
#define GRAFT_CPU_PADDED_ROW_INL_H
#endif

#include "kernels/api/ops.h"
#include "kernels/cpu/gemm/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

// Row h of image n of x, all channels, zero outside of the image: `floats` values, starting `pad` pixels to the
// left of it.
inline void copy_padded_row(const Conv2dShape& at, const float* x, int64_t n, int64_t h, int64_t floats,
                            float* to) {
  const int64_t left = int64_t{at.pad} * at.c, width = int64_t{at.w} * at.c;
  if (h < 0 || h >= at.h || left >= floats) return clear_row(to, floats);
  const int64_t used = std::min(width, floats - left);
  clear_row(to, left);
  copy_row(x + (n * at.h + h) * width, used, to + left);
  clear_row(to + left + used, floats - left - used);
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
