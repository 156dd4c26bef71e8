// The contract between the engine and the kernels: one plain argument struct per op, pointers and sizes only.
//
// Layouts: activations NHWC, filters RSCK (= Keras HWIO), matrices row-major; everything dense. Letters: n h w c
// (input), k (filters), r s (filter), p q (output), d = gradient (dx dw db dy). A null pointer means "not wanted".
// The result for one image (one row of a matrix) does not depend, in any bit, on the others in the batch or on
// their number. Outputs are overwritten unless `accumulate` is set; outputs never alias inputs unless an op says
// that they may. validate() states the preconditions of an op once, for every backend and variant; it throws Error
// (a bug of ours; resources for sizes beyond what kernels can count).
#pragma once
#include <cstdint>

#include "kernels/api/bf16.h"

namespace graft {

// ---- matrix multiplication -------------------------------------------------------------------------------------
// c[m,n] = relu?( op(a)[m,k] * op(b)[k,n] + bias[n] ), or c += the product with `accumulate` (then no bias, no
// relu). a is stored [m,k], or [k,m] with ta; b is stored [k,n], or [n,k] with tb.
struct Gemm {
  static constexpr const char* kName = "gemm";
  int m, n, k;
  bool ta = false, tb = false;
  const float *a, *b;
  const float* bias = nullptr;  // [n]
  float* c;                     // [m,n]
  bool relu = false, accumulate = false;
};

// ---- convolution -----------------------------------------------------------------------------------------------
// Cross-correlation, which every framework calls convolution. Zero padding `pad` on all four sides.
// Non-finite values: what the formula makes infinite or NaN comes out as that or as NaN, never as a finite number.
// NaN may also come out for finite neighbours of such a value: in the 4x4 tiles of outputs whose 6x6 inputs contain
// it (Winograd), in all outputs of a filter that contains it, in all taps of a channel or filter of dw; nowhere
// else.
struct Conv2dShape {
  int n, h, w, c;  // input
  int k, r, s;     // filters
  int pad = 1, stride = 1;
  constexpr int p() const { return (h + 2 * pad - r) / stride + 1; }
  constexpr int q() const { return (w + 2 * pad - s) / stride + 1; }
  constexpr int64_t x_size() const { return int64_t{n} * h * w * c; }
  constexpr int64_t w_size() const { return int64_t{r} * s * c * k; }
  constexpr int64_t y_size() const { return int64_t{n} * p() * q() * k; }
};

// y = pool?( relu?( x * w + bias ) ). With `pool`, used only for inference, y has the maximum of each 2x2 window as
// in MaxPool, and the full-size output is never written.
struct Conv2d {
  static constexpr const char* kName = "conv2d";
  Conv2dShape at;
  const float *x, *w;           // [n,h,w,c], [r,s,c,k]
  const float* bias = nullptr;  // [k]
  float* y;                     // [n,p,q,k], or [n,p/2,q/2,k]
  bool relu = false, pool = false;
  constexpr int rows() const { return pool ? at.p() / 2 : at.p(); }  // of y
  constexpr int cols() const { return pool ? at.q() / 2 : at.q(); }
  constexpr int64_t y_size() const { return int64_t{at.n} * rows() * cols() * at.k; }
};

// The same for frozen layers stored in bf16: products of bf16, sums and bias in f32, one rounding at the end.
struct Conv2dBf16 {
  static constexpr const char* kName = "conv2d_bf16";
  Conv2dShape at;
  const Bf16 *x, *w;
  const float* bias = nullptr;
  Bf16* y;
  bool relu = false, pool = false;
  constexpr int rows() const { return pool ? at.p() / 2 : at.p(); }
  constexpr int cols() const { return pool ? at.q() / 2 : at.q(); }
  constexpr int64_t y_size() const { return int64_t{at.n} * rows() * cols() * at.k; }
};

struct Conv2dGradInput {
  static constexpr const char* kName = "conv2d_grad_input";
  Conv2dShape at;
  const float *dy, *w;  // [n,p,q,k], [r,s,c,k]
  float* dx;            // [n,h,w,c]
};

struct Conv2dGradWeight {
  static constexpr const char* kName = "conv2d_grad_weight";
  Conv2dShape at;
  const float *dy, *x;  // [n,p,q,k], [n,h,w,c]
  float* dw;            // [r,s,c,k]
  float* db = nullptr;  // [k]: sum of dy over n, p, q
  bool accumulate = false;
};

// ---- pointwise and reductions ----------------------------------------------------------------------------------
struct Relu {  // y = max(x, 0); y may be x. A NaN stays a NaN.
  static constexpr const char* kName = "relu";
  int64_t size;
  const float* x;
  float* y;
};

struct ReluGrad {  // dx = y > 0 ? dy : 0; dx may be dy.
  static constexpr const char* kName = "relu_grad";
  int64_t size;
  const float *y, *dy;
  float* dx;
};

struct Add {  // y += x
  static constexpr const char* kName = "add";
  int64_t size;
  const float* x;
  float* y;
};

// x *= factor, the product in double and rounded once, to the same bits in every variant. In f32 the factor of a
// small weight decay, 1 - 9e-8, would be 1 - 1.2e-7.
struct Scale {
  static constexpr const char* kName = "scale";
  int64_t size;
  double factor;
  float* x;
};

// *norm = sqrt(sum of x^2), summed in double. The norm, not its square, which overflows f32 for norms above 2e19.
struct L2Norm {
  static constexpr const char* kName = "l2_norm";
  int64_t size;
  const float* x;
  float* norm;  // [1]
};

struct BiasGrad {  // db[k] = sum over rows of dy[rows,k]
  static constexpr const char* kName = "bias_grad";
  int rows, k;
  const float* dy;
  float* db;
  bool accumulate = false;
};

// Keeps an element with probability 1-rate and scales it by 1/(1-rate). Element i is dropped when
// uniform01(philox_at(seed, stream, i)) < rate, so that the backward pass calls the same op on dy. y may be x.
struct Dropout {
  static constexpr const char* kName = "dropout";
  int64_t size;
  float rate;  // [0, 1)
  uint64_t seed, stream;
  const float* x;
  float* y;
};

// ---- pooling ---------------------------------------------------------------------------------------------------
// 2x2 windows, stride 2, no padding: p = h/2, q = w/2; an odd last row or column is ignored, as in Keras.
// Argmax codes: 2*r+s of the first maximum of a window in row order, two bits each, four channels per byte: channel
// c has bits 2*(c%4) and up of byte c/4 of its pixel. Bits without a channel are zero.
constexpr int64_t argmax_bytes(int64_t pixels, int64_t channels) { return pixels * ((channels + 3) / 4); }

struct MaxPool {
  static constexpr const char* kName = "maxpool";
  int n, h, w, c;
  const float* x;
  float* y;                   // [n,p,q,c]
  uint8_t* argmax = nullptr;  // [n,p,q,ceil(c/4)] argmax codes; a NaN counts as the maximum
};

struct MaxPoolGrad {  // dx is zero at all other positions
  static constexpr const char* kName = "maxpool_grad";
  int n, h, w, c;  // of dx
  const float* dy;
  const uint8_t* argmax;  // [n,p,q,ceil(c/4)]
  float* dx;
};

struct GlobalAvgPool {  // y[n,c] = mean over h, w
  static constexpr const char* kName = "global_avgpool";
  int n, h, w, c;
  const float* x;
  float* y;
};

struct GlobalAvgPoolGrad {
  static constexpr const char* kName = "global_avgpool_grad";
  int n, h, w, c;
  const float* dy;  // [n,c]
  float* dx;        // [n,h,w,c]
};

// ---- loss ------------------------------------------------------------------------------------------------------
// Softmax and cross-entropy in one, stable, as PyTorch's cross_entropy with reduction="none":
//   nll(c)    = log(sum exp(x - max)) - (x[c] - max)
//   target(c) = smoothing / classes * class_weight[c] + (c == label ? (1 - smoothing) * class_weight[c] : 0)
//   loss[i]   = sum over c of target(c) * nll(c)
//   dlogits   = scale * (probs * (sum of target) - target)
// With label null only probs is computed. scale is 1/rows for a mean loss, 1/(sum of class_weight[label]) for
// PyTorch's weighted mean.
struct SoftmaxLoss {
  static constexpr const char* kName = "softmax_loss";
  int rows, classes;
  const float* logits;             // [rows, classes]
  const int32_t* label = nullptr;  // [rows], 0 <= label < classes: the caller checks
  float* loss = nullptr;           // [rows]
  float* probs = nullptr;          // [rows, classes]
  float* dlogits = nullptr;        // [rows, classes]
  float scale = 1;
  float smoothing = 0;                  // [0, 1): share of the target that is spread over all classes
  const float* class_weight = nullptr;  // [classes]; null: all 1
};

// ---- optimizers, over a whole arena ----------------------------------------------------------------------------
// g' = g + decay * w (L2); m, v: running means of g' and g'^2; t counts from 1.
//   keras:   w -= lr * sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(v) + eps)  (Kingma & Ba, end of section 2)
//   pytorch: w -= lr/(1-beta1^t) * m / (sqrt(v / (1-beta2^t)) + eps)
enum class EpsilonForm { keras, pytorch };

struct Adam {
  static constexpr const char* kName = "adam";
  int64_t size;
  float *w, *m, *v;
  const float* g;
  float lr, beta1 = 0.9f, beta2 = 0.999f, eps = 1e-7f, decay = 0;
  int64_t t;
  EpsilonForm form = EpsilonForm::keras;
};

// velocity = momentum * velocity + g'; w -= lr * velocity (PyTorch's form). velocity null: momentum 0.
struct Sgd {
  static constexpr const char* kName = "sgd";
  int64_t size;
  float *w, *velocity;
  const float* g;
  float lr, momentum = 0, decay = 0;
};

// ---- images ----------------------------------------------------------------------------------------------------
// x[pixel, c] = (rgb[pixel, bgr ? 2-c : c] * scale - mean[c]) / stddev[c]: bytes to the trunk's input.
struct PrepareImages {
  static constexpr const char* kName = "prepare_images";
  int64_t pixels;
  const uint8_t* rgb;  // [pixels, 3]
  float* x;            // [pixels, 3]
  bool bgr = false;
  float scale = 1, mean[3] = {0, 0, 0}, stddev[3] = {1, 1, 1};  // in the order of x
};

// The same in bf16 with a fourth channel of zeros, so that a pixel is 8 bytes and a row of pixels aligned.
struct PrepareImagesBf16 {
  static constexpr const char* kName = "prepare_images_bf16";
  int64_t pixels;
  const uint8_t* rgb;  // [pixels, 3]
  Bf16* x;             // [pixels, 4]
  bool bgr = false;
  float scale = 1, mean[3] = {0, 0, 0}, stddev[3] = {1, 1, 1};
};

// ---- storage ---------------------------------------------------------------------------------------------------
struct ToBf16 {  // y = bf16_of(x)
  static constexpr const char* kName = "to_bf16";
  int64_t size;
  const float* x;
  Bf16* y;
};

struct FromBf16 {  // y = f32_of(x)
  static constexpr const char* kName = "from_bf16";
  int64_t size;
  const Bf16* x;
  float* y;
};

// For each struct above: validate() throws on a violated precondition; flops() and bytes() are the arithmetic that
// the op needs and the minimum number of bytes that it must move, for benchmarks.
// clang-format off
#define GRAFT_OPS(X) \
  X(Gemm, gemm) \
  X(Conv2d, conv2d) \
  X(Conv2dBf16, conv2d_bf16) \
  X(Conv2dGradInput, conv2d_grad_input) \
  X(Conv2dGradWeight, conv2d_grad_weight) \
  X(Relu, relu) \
  X(ReluGrad, relu_grad) \
  X(Add, add) \
  X(Scale, scale) \
  X(L2Norm, l2_norm) \
  X(BiasGrad, bias_grad) \
  X(Dropout, dropout) \
  X(MaxPool, maxpool) \
  X(MaxPoolGrad, maxpool_grad) \
  X(GlobalAvgPool, global_avgpool) \
  X(GlobalAvgPoolGrad, global_avgpool_grad) \
  X(SoftmaxLoss, softmax_loss) \
  X(Adam, adam) \
  X(Sgd, sgd) \
  X(PrepareImages, prepare_images) \
  X(PrepareImagesBf16, prepare_images_bf16) \
  X(ToBf16, to_bf16) \
  X(FromBf16, from_bf16)
// clang-format on

#define GRAFT_DECLARE(Args, op) \
  void validate(const Args& a); \
  double flops(const Args& a);  \
  double bytes(const Args& a);
GRAFT_OPS(GRAFT_DECLARE)
#undef GRAFT_DECLARE

}  // namespace graft
