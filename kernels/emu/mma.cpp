// Tensor cores on the host: the last lane to arrive assembles the matrices from the lane maps, multiplies in double
// precision and gives each lane its part, rounded once to f32. A GPU rounds more often and in its own order, so
// results agree to the last bit only where all sums are exact.
#include "kernels/emu/mma.h"

#include "kernels/api/error.h"
#include "kernels/emu/block.h"

namespace graft::emu {
namespace {

struct Lane {
  float* d;
  const uint32_t *a, *b;
};

template <int K, class Fill>
void multiply(void* const (&slots)[32], const Fill& fill) {
  double a[16][K] = {}, b[K][8] = {}, d[16][8] = {};
  const auto each_d = [&](const auto& f) {
    for (int l = 0; l < 32; ++l)
      for (int reg = 0; slots[l] && reg < 4; ++reg) {
        const auto [row, col] = mma_d(l, reg);
        f(static_cast<Lane*>(slots[l])->d[reg], d[row][col]);
      }
  };
  for (int l = 0; l < 32; ++l)
    if (slots[l]) fill(l, *static_cast<Lane*>(slots[l]), a, b);
  each_d([](float lane, double& sum) { sum = lane; });
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < K; ++k)
      for (int col = 0; col < 8; ++col) d[row][col] += a[row][k] * b[k][col];  // columns side by side in registers
  each_d([](float& lane, double sum) { lane = static_cast<float>(sum); });
}

void resolve_tf32(void* const (&slots)[32]) {
  multiply<8>(slots, [](int l, const Lane& lane, auto& a, auto& b) {
    for (int reg = 0; reg < 4; ++reg) a[tf32_a(l, reg).row][tf32_a(l, reg).col] = tf32_value(lane.a[reg]);
    for (int reg = 0; reg < 2; ++reg) b[tf32_b(l, reg).row][tf32_b(l, reg).col] = tf32_value(lane.b[reg]);
  });
}

float half_of(uint32_t bits, int half) { return f32_of({static_cast<uint16_t>(bits >> (16 * half))}); }

void resolve_bf16(void* const (&slots)[32]) {
  multiply<16>(slots, [](int l, const Lane& lane, auto& a, auto& b) {
    for (int half = 0; half < 2; ++half) {
      for (int reg = 0; reg < 4; ++reg)
        a[bf16_a(l, reg, half).row][bf16_a(l, reg, half).col] = half_of(lane.a[reg], half);
      for (int reg = 0; reg < 2; ++reg)
        b[bf16_b(l, reg, half).row][bf16_b(l, reg, half).col] = half_of(lane.b[reg], half);
    }
  });
}

struct Load {
  const uint16_t* row;
  uint32_t* d;
};

template <bool kTranspose>
void resolve_ldmatrix(void* const (&slots)[32]) {
  for (int l = 0; l < 32; ++l) {
    if (!slots[l]) continue;
    for (int i = 0; i < 4; ++i) {
      uint32_t bits = 0;
      for (int half = 0; half < 2; ++half) {
        const auto [x, y] = ldmatrix(l, half);
        const int row = kTranspose ? y : x, col = kTranspose ? x : y;
        const auto* from = static_cast<const Load*>(slots[8 * i + row]);
        bits |= uint32_t{from ? from->row[col] : uint16_t{0xFFFF}} << (16 * half);
      }
      static_cast<Load*>(slots[l])->d[i] = bits;
    }
  }
}

void load(uint32_t (&d)[4], const void* row, Resolve resolve, Where where) {
  if (!in_shared_memory(row, 16) || reinterpret_cast<uintptr_t>(row) % 16)
    fail(Fault::bug, "ldmatrix at {}: lane {} gives no address of 16 aligned bytes of shared memory", line(where),
         lane_id());
  Load l{static_cast<const uint16_t*>(row), d};
  meet_warp(0xFFFFFFFFu, &l, resolve, where);
}

}  // namespace

void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where) {
  Lane lane{d, a, b};
  meet_warp(0xFFFFFFFFu, &lane, resolve_tf32, where);
}
void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Where where) {
  Lane lane{d, a, b};
  meet_warp(0xFFFFFFFFu, &lane, resolve_bf16, where);
}
void ldmatrix_x4(uint32_t (&d)[4], const void* row, Where where) { load(d, row, resolve_ldmatrix<false>, where); }
void ldmatrix_x4_trans(uint32_t (&d)[4], const void* row, Where where) {
  load(d, row, resolve_ldmatrix<true>, where);
}

}  // namespace graft::emu
