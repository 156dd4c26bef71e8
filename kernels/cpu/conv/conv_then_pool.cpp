// A convolution and its pool for sizes that no variant does at once: the convolution into the workspace, then the
// pool.
#include "kernels/cpu/conv/conv.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {
namespace {

Conv2d without_pool(const Conv2d& a) {
  Conv2d conv = a;
  conv.pool = false;
  return conv;
}

int64_t aligned_floats(const Conv2dShape& at) { return (at.y_size() + 15) / 16 * 16; }

}  // namespace

bool then_pool_supports(const Conv2d& a, const DeviceInfo&) { return a.pool; }

size_t then_pool_workspace(const Conv2d& a) {
  const Conv2d conv = without_pool(a);
  return static_cast<size_t>(aligned_floats(a.at)) * sizeof(float) + conv2d_rows().select(conv, {}).workspace(conv);
}

void conv2d_then_pool(const Conv2d& a, void* workspace, Stream& stream) {
  Conv2d conv = without_pool(a);
  conv.y = static_cast<float*>(workspace);
  conv2d_rows().select(conv, {}).run(conv, conv.y + aligned_floats(a.at), stream);
  maxpool({a.at.n, a.at.p(), a.at.q(), a.at.k, conv.y, a.y}, nullptr, stream);
}

}  // namespace graft::cpu
