// Correct behaviour of the emulator: indices, warp functions, atomics, and tensor-core instructions, with the lane
// maps of the PTX manual and exact products of whole numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "kernels/device/mma.cuh"
#include "tests/kernels/emulator.h"

namespace graft::emu {
namespace {

GLOBAL void where_am_i(float* y) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned i = block * blockDim.x * blockDim.y * blockDim.z + thread;
  y[i] = static_cast<float>(i);
}

GLOBAL void shuffles(float* y) {
  const int lane = static_cast<int>(threadIdx.x);
  const float v = static_cast<float>(lane);
  y[lane] = __shfl_sync(0xFFFFFFFFu, v, 5);
  y[32 + lane] = __shfl_sync(0xFFFFFFFFu, v, 5, 4);
  y[64 + lane] = __shfl_xor_sync(0xFFFFFFFFu, v, 3);
  y[96 + lane] = __shfl_down_sync(0xFFFFFFFFu, v, 2, 8);
  y[128 + lane] = __shfl_up_sync(0xFFFFFFFFu, v, 2);
  y[160 + lane] = static_cast<float>(__popc(__ballot_sync(0xFFFFFFFFu, lane % 3 == 0)));
  y[192 + lane] = static_cast<float>(__any_sync(0xFFFFFFFFu, lane == 7) + 2 * __all_sync(0xFFFFFFFFu, lane == 7));
}

// The halves of a warp synchronise separately, a different number of times, after 8 lanes have returned.
GLOBAL void halves(float* y) {
  const int lane = static_cast<int>(threadIdx.x);
  if (lane >= 24) return;
  const uint32_t mask = lane < 16 ? 0xFFFFu : 0xFFFF0000u;
  float v = 1;
  for (int i = 0; i < (lane < 16 ? 4 : 3); ++i) v += __shfl_xor_sync(mask, v, 1 << i);
  __syncwarp();
  y[lane] = v;
}
GLOBAL void from_a_returned_lane(float* y) {
  if (threadIdx.x < 16) *y = __shfl_xor_sync(0xFFFFFFFFu, 1.0f, 16);
}

GLOBAL void count(int* total, unsigned* largest) {
  atomicAdd(total, 1);
  atomicMax(largest, blockIdx.x * blockDim.x + threadIdx.x);
}

struct Tiles {
  alignas(16) uint16_t a[16][16], b[16][8];
};

// c[16,8] = a[16,16] * b[16,8], with fragments loaded as usual in CUDA.
GLOBAL void multiply_bf16(const float* a, const float* b, float* c) {
  SHARED(Tiles, s);
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = lane; i < 256; i += 32) s.a[i / 16][i % 16] = static_cast<uint16_t>(pack_bf16(a[i], 0));
  for (int i = lane; i < 128; i += 32) s.b[i / 8][i % 8] = static_cast<uint16_t>(pack_bf16(b[i], 0));
  __syncthreads();
  uint32_t fa[4], fb[4];
  ldmatrix_x4(fa, &s.a[lane % 16][lane / 16 * 8]);
  ldmatrix_x4_trans(fb, &s.b[lane % 16][0]);  // matrices 2 and 3 repeat 0 and 1
  float d[4] = {};
  mma_m16n8k16_bf16(d, fa, {fb[0], fb[1]});
  for (int r = 0; r < 4; ++r) c[mma_d(lane, r).row * 8 + mma_d(lane, r).col] = d[r];
}

GLOBAL void multiply_tf32(const float* a, const float* b, float* c) {
  const int lane = static_cast<int>(threadIdx.x);
  uint32_t fa[4], fb[2];
  for (int r = 0; r < 4; ++r) fa[r] = to_tf32(a[tf32_a(lane, r).row * 8 + tf32_a(lane, r).col]);
  for (int r = 0; r < 2; ++r) fb[r] = to_tf32(b[tf32_b(lane, r).row * 8 + tf32_b(lane, r).col]);
  float d[4] = {};
  mma_m16n8k8_tf32(d, fa, fb);
  for (int r = 0; r < 4; ++r) c[mma_d(lane, r).row * 8 + mma_d(lane, r).col] = d[r];
}

}  // namespace
}  // namespace graft::emu

using namespace graft;
using namespace graft::emu;
using namespace graft::test;

namespace {

Stream stream;

std::vector<float> whole_numbers(int count, int step) {
  std::vector<float> v(count);
  for (int i = 0; i < count; ++i) v[i] = static_cast<float>(i * step % 17 - 8);
  return v;
}

// A product with m = 16, n = 8.
std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b, int depth) {
  std::vector<float> c(128, 0.0f);
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j)
      for (int k = 0; k < depth; ++k) c[i * 8 + j] += a[i * depth + k] * b[k * 8 + j];
  return c;
}

}  // namespace

TEST_CASE("emulator: every thread of every block runs once, with its indices") {
  for (const Settings& s : kSchedules) {
    const WithSettings with(s);
    const EmuBuffer y(2 * 3 * 2 * 5 * 3 * 2);
    launch<NoShared>(where_am_i, dim3(2, 3, 2), dim3(5, 3, 2), stream, y);
    const auto all = y.values();
    for (size_t i = 0; i < all.size(); ++i) CHECK(all[i] == static_cast<float>(i));
  }
}

TEST_CASE("emulator: shuffles and votes") {
  for (const Settings& s : kSchedules) {
    const WithSettings with(s);
    const EmuBuffer y(224);
    launch<NoShared>(shuffles, 1, 32, stream, y);
    for (int lane = 0; lane < 32; ++lane) {
      CHECK(y[lane] == 5);
      CHECK(y[32 + lane] == lane / 4 * 4 + 1);
      CHECK(y[64 + lane] == (lane ^ 3));
      CHECK(y[96 + lane] == (lane % 8 < 6 ? lane + 2 : lane));
      CHECK(y[128 + lane] == (lane < 2 ? lane : lane - 2));
      CHECK(y[160 + lane] == 11);
      CHECK(y[192 + lane] == 1);
    }
  }
}

TEST_CASE("emulator: parts of a warp synchronise separately") {
  for (const Settings& s : kSchedules) {
    const WithSettings with(s);
    const EmuBuffer y(24), gone(1);
    launch<NoShared>(halves, 1, 32, stream, y);
    for (int lane = 0; lane < 24; ++lane) CHECK(y[lane] == (lane < 16 ? 16 : 8));
    launch<NoShared>(from_a_returned_lane, 1, 32, stream, gone);
    CHECK(std::isnan(*gone));
  }
}

TEST_CASE("emulator: atomics of many blocks") {
  int total = 0;
  unsigned largest = 0;
  launch<NoShared>(count, 37, 65, stream, &total, &largest);
  CHECK(total == 37 * 65);
  CHECK(largest == 37 * 65 - 1);
}

TEST_CASE("emulator: tensor-core lane maps are those of the PTX manual and cover every element") {
  static_assert(tf32_a(5, 0).row == 1 && tf32_a(5, 0).col == 1 && tf32_a(5, 1).row == 9 && tf32_a(5, 2).col == 5);
  static_assert(tf32_b(6, 0).row == 2 && tf32_b(6, 1).row == 6 && tf32_b(6, 1).col == 1);
  static_assert(bf16_a(5, 0, 1).row == 1 && bf16_a(5, 0, 1).col == 3 && bf16_a(5, 3, 0).row == 9 &&
                bf16_a(5, 3, 0).col == 10);
  static_assert(bf16_b(5, 1, 1).row == 11 && bf16_b(5, 1, 1).col == 1);
  static_assert(mma_d(5, 1).row == 1 && mma_d(5, 1).col == 3 && mma_d(5, 2).row == 9 && mma_d(5, 2).col == 2);
  std::set<std::pair<int, int>> at32, bt32, a16, b16, d, m;
  const auto add = [](auto& set, Element e) { set.insert({e.row, e.col}); };
  for (int lane = 0; lane < 32; ++lane)
    for (int r = 0; r < 4; ++r)
      for (int half = 0; half < 2; ++half) {
        add(at32, tf32_a(lane, r)), add(bt32, tf32_b(lane, r % 2)), add(d, mma_d(lane, r));
        add(a16, bf16_a(lane, r, half)), add(b16, bf16_b(lane, r % 2, half)), add(m, ldmatrix(lane, half));
      }
  CHECK(at32.size() == 16 * 8);
  CHECK(bt32.size() == 8 * 8);
  CHECK(a16.size() == 16 * 16);
  CHECK(b16.size() == 16 * 8);
  CHECK(d.size() == 16 * 8);
  CHECK(m.size() == 8 * 8);
}

TEST_CASE("emulator: tensor-core products of whole numbers are exact") {
  for (const Settings& s : kSchedules) {
    const WithSettings with(s);
    const auto a = whole_numbers(256, 5), b = whole_numbers(128, 7);
    const EmuBuffer c(128), t(128);
    launch<Tiles>(multiply_bf16, 1, 32, stream, EmuBuffer(a), EmuBuffer(b), c);
    CHECK(c.values() == product(a, b, 16));
    const auto a8 = whole_numbers(128, 5), b8 = whole_numbers(64, 7);
    launch<NoShared>(multiply_tf32, 1, 32, stream, EmuBuffer(a8), EmuBuffer(b8), t);
    CHECK(t.values() == product(a8, b8, 8));
  }
}

TEST_CASE("emulator: bf16 and TF32 round as the hardware does") {
  const auto bf16 = [](float v) { return f32_of(bf16_of(v)); };
  CHECK(bf16(1 + 0x1p-8f) == 1);  // a tie goes to even
  CHECK(bf16(1 + 3 * 0x1p-8f) == 1 + 0x1p-6f);
  CHECK(bf16(1 + 0x1.02p-8f) == 1 + 0x1p-7f);
  CHECK(std::isinf(bf16(3.4e38f)));
  CHECK(std::isnan(bf16(NAN)));
  CHECK(pack_bf16(1, -2) == 0xC0003F80u);
  CHECK(tf32_value(to_tf32(1 + 0x1p-11f)) == 1 + 0x1p-10f);  // a tie goes away from zero
  CHECK(tf32_value(to_tf32(1 + 0x1.FFp-12f)) == 1);
  CHECK(std::isinf(tf32_value(to_tf32(INFINITY))));
  CHECK(std::isnan(tf32_value(to_tf32(NAN))));
  CHECK(tf32_value(std::bit_cast<uint32_t>(1 + 0x1.FFp-11f)) == 1);  // unconverted bits are truncated
}
