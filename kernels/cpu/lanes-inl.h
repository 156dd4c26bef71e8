// A loop over elements in vectors, once per SIMD target (no include guard but Highway's). The tail after the last
// whole vector runs through the same code in vectors of one lane: nothing is read or written out of bounds, and an
// element's result does not depend on its position.
#if defined(GRAFT_CPU_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_LANES_INL_H
#undef GRAFT_CPU_LANES_INL_H
#else
#define GRAFT_CPU_LANES_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls body(d, i) with a vector tag d of T for the lanes from element i on.
template <class T = float, class Body>
void for_lanes(int64_t begin, int64_t end, const Body& body) {
  const hn::ScalableTag<T> whole;
  const hn::CappedTag<T, 1> one;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(whole));
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) body(whole, i);
  for (; i < end; ++i) body(one, i);
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
