// Bytes to floats. There are 256 bytes and three channels, so the formula runs 768 times, exactly as the contract
// states it, and the pixels are look-ups in a table that stays in the L1 cache.
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/pointwise.h"

namespace graft::cpu {

namespace {

template <class Args>
float prepared(const Args& a, int c, int byte) {
  return (static_cast<float>(byte) * a.scale - a.mean[c]) / a.stddev[c];
}

}  // namespace

void prepare_images(const PrepareImages& a, void*, Stream&) {
  float table[3][256];
  for (int c = 0; c < 3; ++c)
    for (int byte = 0; byte < 256; ++byte) table[c][byte] = prepared(a, c, byte);
  const int first = a.bgr ? 2 : 0;
  parallel_rows(a.pixels, 3, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      a.x[i * 3] = table[0][a.rgb[i * 3 + first]];
      a.x[i * 3 + 1] = table[1][a.rgb[i * 3 + 1]];
      a.x[i * 3 + 2] = table[2][a.rgb[i * 3 + 2 - first]];
    }
  });
}

void prepare_images_bf16(const PrepareImagesBf16& a, void*, Stream&) {
  Bf16 table[3][256];
  for (int c = 0; c < 3; ++c)
    for (int byte = 0; byte < 256; ++byte) table[c][byte] = bf16_of(prepared(a, c, byte));
  const int first = a.bgr ? 2 : 0;
  parallel_rows(a.pixels, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      a.x[i * 4] = table[0][a.rgb[i * 3 + first]];
      a.x[i * 4 + 1] = table[1][a.rgb[i * 3 + 1]];
      a.x[i * 4 + 2] = table[2][a.rgb[i * 3 + 2 - first]];
      a.x[i * 4 + 3] = {0};
    }
  });
}

}  // namespace graft::cpu
