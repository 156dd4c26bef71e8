// The linear maps of Winograd's F(4x4,3x3): 16 outputs of a 3x3 correlation from 36 products instead of 144.
// In one dimension (Toom-Cook): input x[6] is a polynomial of degree 5, and the transposed product with filter g[3]
// is taken at the points 0, a, -a, b, -b and infinity: y = A'((G g) * (B' x)). Row j of A' transposed and of G
// holds the powers of point j (G divided by N_j, the product of its distances to the others); row j of B' the
// coefficients of the product of (z - p) over all other points p. The usual points are +-1, +-2; with a = 5/8, b =
// 3/2 (all constants of B' and A' exact in f32) the error is 2.2 times smaller, and with FMA they cost the same.
#if defined(GRAFT_CPU_WINOGRAD_TRANSFORM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GRAFT_CPU_WINOGRAD_TRANSFORM_INL_H
#undef GRAFT_CPU_WINOGRAD_TRANSFORM_INL_H
#else
#define GRAFT_CPU_WINOGRAD_TRANSFORM_INL_H
#endif

#include "kernels/cpu/gemm/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace graft::cpu::HWY_NAMESPACE {

inline constexpr double kPointA = 5.0 / 8, kPointB = 3.0 / 2;
inline constexpr double kA2 = kPointA * kPointA, kB2 = kPointB * kPointB;

HWY_INLINE Vec constant(double value) { return hn::Set(Tag(), static_cast<float>(value)); }

// v = B' x. Rows of a point and of its negative share their even and odd parts.
HWY_INLINE void transform_input(const Vec (&x)[6], Vec (&v)[6]) {
  const Vec a2 = constant(kA2), b2 = constant(kB2), sum = constant(kA2 + kB2), product = constant(kA2 * kB2);
  const Vec a = constant(kPointA), b = constant(kPointB);
  const Vec even_a = hn::NegMulAdd(b2, x[2], x[4]), odd_a = hn::NegMulAdd(b2, x[1], x[3]);
  const Vec even_b = hn::NegMulAdd(a2, x[2], x[4]), odd_b = hn::NegMulAdd(a2, x[1], x[3]);
  v[0] = hn::NegMulAdd(sum, x[2], hn::MulAdd(product, x[0], x[4]));
  v[1] = hn::MulAdd(a, odd_a, even_a);
  v[2] = hn::NegMulAdd(a, odd_a, even_a);
  v[3] = hn::MulAdd(b, odd_b, even_b);
  v[4] = hn::NegMulAdd(b, odd_b, even_b);
  v[5] = hn::NegMulAdd(sum, x[3], hn::MulAdd(product, x[1], x[5]));
}

// u = G g.
HWY_INLINE void transform_filter(const Vec (&g)[3], Vec (&u)[6]) {
  constexpr double kNa = 2 * kA2 * (kA2 - kB2), kNb = 2 * kB2 * (kB2 - kA2);
  const Vec even_a = hn::Mul(constant(1 / kNa), hn::MulAdd(constant(kA2), g[2], g[0]));
  const Vec even_b = hn::Mul(constant(1 / kNb), hn::MulAdd(constant(kB2), g[2], g[0]));
  const Vec a = constant(kPointA / kNa), b = constant(kPointB / kNb);
  u[0] = hn::Mul(constant(1 / (kA2 * kB2)), g[0]);
  u[1] = hn::MulAdd(a, g[1], even_a);
  u[2] = hn::NegMulAdd(a, g[1], even_a);
  u[3] = hn::MulAdd(b, g[1], even_b);
  u[4] = hn::NegMulAdd(b, g[1], even_b);
  u[5] = g[2];
}

// y = A' m.
HWY_INLINE void transform_output(const Vec (&m)[6], Vec (&y)[4]) {
  const Vec even_a = hn::Add(m[1], m[2]), odd_a = hn::Sub(m[1], m[2]);
  const Vec even_b = hn::Add(m[3], m[4]), odd_b = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(even_a, even_b));
  y[1] = hn::MulAdd(constant(kPointB), odd_b, hn::Mul(constant(kPointA), odd_a));
  y[2] = hn::MulAdd(constant(kB2), even_b, hn::Mul(constant(kA2), even_a));
  y[3] = hn::MulAdd(constant(kB2 * kPointB), odd_b, hn::MulAdd(constant(kA2 * kPointA), odd_a, m[5]));
}

// The transposed maps, for the gradient of the filters: y = A dy and g = G' m.
HWY_INLINE void transform_gradient(const Vec (&dy)[4], Vec (&y)[6]) {
  const Vec even_a = hn::MulAdd(constant(kA2), dy[2], dy[0]), even_b = hn::MulAdd(constant(kB2), dy[2], dy[0]);
  const Vec odd_a = hn::MulAdd(constant(kA2), dy[3], dy[1]), odd_b = hn::MulAdd(constant(kB2), dy[3], dy[1]);
  const Vec a = constant(kPointA), b = constant(kPointB);
  y[0] = dy[0];
  y[1] = hn::MulAdd(a, odd_a, even_a);
  y[2] = hn::NegMulAdd(a, odd_a, even_a);
  y[3] = hn::MulAdd(b, odd_b, even_b);
  y[4] = hn::NegMulAdd(b, odd_b, even_b);
  y[5] = dy[3];
}

HWY_INLINE void transform_taps(const Vec (&m)[6], Vec (&g)[3]) {
  constexpr double kNa = 2 * kA2 * (kA2 - kB2), kNb = 2 * kB2 * (kB2 - kA2);
  const Vec even_a = hn::Add(m[1], m[2]), odd_a = hn::Sub(m[1], m[2]);
  const Vec even_b = hn::Add(m[3], m[4]), odd_b = hn::Sub(m[3], m[4]);
  g[0] = hn::MulAdd(constant(1 / kNb), even_b,
                    hn::MulAdd(constant(1 / kNa), even_a, hn::Mul(constant(1 / (kA2 * kB2)), m[0])));
  g[1] = hn::MulAdd(constant(kPointB / kNb), odd_b, hn::Mul(constant(kPointA / kNa), odd_a));
  g[2] = hn::MulAdd(constant(kB2 / kNb), even_b, hn::MulAdd(constant(kA2 / kNa), even_a, m[5]));
}

// ---- both dimensions, kLanes channels or filters at once: columns, then rows ---------------------------------
// v[i] = (B' x B)[i] at v + i * plane; pixel i of x is at x[i] + offset.
HWY_NOINLINE inline void transform_input_tile(const float* const (&x)[36], int64_t offset, float* HWY_RESTRICT v,
                                              int64_t plane) {
  const Tag d;
  Vec half[6][6];  // [column][row]
#pragma GCC unroll 6
  for (int s = 0; s < 6; ++s) {
    Vec column[6];
#pragma GCC unroll 6
    for (int r = 0; r < 6; ++r) column[r] = hn::LoadU(d, x[r * 6 + s] + offset);
    transform_input(column, half[s]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < 6; ++r) {
    const Vec row[6] = {half[0][r], half[1][r], half[2][r], half[3][r], half[4][r], half[5][r]};
    Vec out[6];
    transform_input(row, out);
#pragma GCC unroll 6
    for (int s = 0; s < 6; ++s) hn::StoreU(out[s], d, v + (r * 6 + s) * plane);
  }
}

// u[i] = (G g G')[i] at u + i * plane; tap i of the 3x3 filter is at g + i * step.
HWY_NOINLINE inline void transform_filter_tile(const float* HWY_RESTRICT g, int64_t step, float* HWY_RESTRICT u,
                                               int64_t plane) {
  const Tag d;
  Vec half[3][6];  // [column][row]
#pragma GCC unroll 3
  for (int s = 0; s < 3; ++s) {
    const Vec column[3] = {hn::LoadU(d, g + s * step), hn::LoadU(d, g + (3 + s) * step),
                           hn::LoadU(d, g + (6 + s) * step)};
    transform_filter(column, half[s]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < 6; ++r) {
    const Vec row[3] = {half[0][r], half[1][r], half[2][r]};
    Vec out[6];
    transform_filter(row, out);
#pragma GCC unroll 6
    for (int s = 0; s < 6; ++s) hn::StoreU(out[s], d, u + (r * 6 + s) * plane);
  }
}

// y = relu?(A' m A + bias), 4x4; m[i] is at m + i * plane.
HWY_INLINE void transform_output_tile(const float* HWY_RESTRICT m, int64_t plane, Vec bias, bool relu,
                                      Vec (&y)[4][4]) {
  const Tag d;
  Vec half[6][4];  // [column][row]
#pragma GCC unroll 6
  for (int s = 0; s < 6; ++s) {
    Vec column[6];
#pragma GCC unroll 6
    for (int r = 0; r < 6; ++r) column[r] = hn::LoadU(d, m + (r * 6 + s) * plane);
    transform_output(column, half[s]);
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const Vec row[6] = {half[0][r], half[1][r], half[2][r], half[3][r], half[4][r], half[5][r]};
    transform_output(row, y[r]);
#pragma GCC unroll 4
    for (int s = 0; s < 4; ++s) {
      y[r][s] = hn::Add(y[r][s], bias);
      if (relu) y[r][s] = hn::IfThenZeroElse(hn::Lt(y[r][s], hn::Zero(d)), y[r][s]);  // a NaN stays NaN
    }
  }
}

// y[i] = (A dy A')[i] at y + i * plane; pixel i of dy is at dy[i] + offset. Returns the sum of the pixels.
HWY_NOINLINE inline Vec transform_gradient_tile(const float* const (&dy)[16], int64_t offset, float* HWY_RESTRICT y,
                                                int64_t plane) {
  const Tag d;
  Vec half[4][6], sum = hn::Zero(d);  // [column][row]
#pragma GCC unroll 4
  for (int s = 0; s < 4; ++s) {
    Vec column[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) column[r] = hn::LoadU(d, dy[r * 4 + s] + offset);
    sum = hn::Add(sum, hn::Add(hn::Add(column[0], column[1]), hn::Add(column[2], column[3])));
    transform_gradient(column, half[s]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < 6; ++r) {
    const Vec row[4] = {half[0][r], half[1][r], half[2][r], half[3][r]};
    Vec out[6];
    transform_gradient(row, out);
#pragma GCC unroll 6
    for (int s = 0; s < 6; ++s) hn::StoreU(out[s], d, y + (r * 6 + s) * plane);
  }
  return sum;
}

// g[i] = (G' m G)[i] at g + i * step; m[i] is at m + i * plane.
HWY_INLINE void transform_taps_tile(const float* HWY_RESTRICT m, int64_t plane, float* HWY_RESTRICT g,
                                    int64_t step) {
  const Tag d;
  Vec half[6][3];  // [column][row]
#pragma GCC unroll 6
  for (int s = 0; s < 6; ++s) {
    Vec column[6];
#pragma GCC unroll 6
    for (int r = 0; r < 6; ++r) column[r] = hn::LoadU(d, m + (r * 6 + s) * plane);
    transform_taps(column, half[s]);
  }
#pragma GCC unroll 3
  for (int r = 0; r < 3; ++r) {
    const Vec row[6] = {half[0][r], half[1][r], half[2][r], half[3][r], half[4][r], half[5][r]};
    Vec out[3];
    transform_taps(row, out);
#pragma GCC unroll 3
    for (int s = 0; s < 3; ++s) hn::StoreU(out[s], d, g + (r * 3 + s) * step);
  }
}

}  // namespace graft::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
