// Preconditions, arithmetic and minimum traffic of every op.
#include "kernels/api/ops.h"

#include <cmath>

#include "kernels/api/error.h"

namespace graft {
namespace {

void positive(const char* op, std::initializer_list<int64_t> sizes) {
  for (int64_t size : sizes) require(size > 0, "{}: every size must be positive, one is {}", op, size);
}
// Kernels count rows, columns and pixels in 32 bits, and their tiles extend past the end. (Offsets are 64-bit.)
void countable(const char* op, std::initializer_list<int64_t> counts) {
  constexpr int64_t kMax = (int64_t{1} << 31) - 4096;
  for (int64_t count : counts)
    if (count >= kMax)
      fail(Fault::resources, "{}: {} rows or pixels are more than kernels count ({}); use a smaller batch", op,
           count, kMax);
}
void wanted(const char* op, std::initializer_list<const void*> pointers) {
  for (const void* p : pointers) require(p != nullptr, "{}: a required pointer is null", op);
}
void check_conv(const char* op, const Conv2dShape& s) {
  positive(op, {s.n, s.h, s.w, s.c, s.k, s.r, s.s, s.stride});
  require(s.pad >= 0 && s.h + 2 * s.pad >= s.r && s.w + 2 * s.pad >= s.s,
          "{}: filter {}x{} is larger than the padded image {}x{} (pad {})", op, s.r, s.s, s.h, s.w, s.pad);
  countable(op, {int64_t{s.n} * s.h * s.w, int64_t{s.n} * s.p() * s.q()});
}
template <class Args>
void check_pool(const Args& a) {
  require(!a.pool || (a.at.p() >= 2 && a.at.q() >= 2),
          "{}: {}x{} outputs are smaller than the 2x2 window of the pool", a.kName, a.at.p(), a.at.q());
}
double conv_flops(const Conv2dShape& s) { return 2.0 * double(s.y_size()) * s.r * s.s * s.c; }
double floats(double n) { return 4.0 * n; }
double conv_floats(const Conv2dShape& s) { return double(s.x_size()) + double(s.w_size()) + double(s.y_size()); }
double area(int n, int h, int w, int c) { return double(n) * h * w * c; }

}  // namespace

void validate(const Gemm& a) {
  positive(a.kName, {a.m, a.n, a.k}), countable(a.kName, {a.m, a.n, a.k});
  wanted(a.kName, {a.a, a.b, a.c});
  require(!a.accumulate || (!a.relu && !a.bias), "gemm: accumulate excludes bias and relu");
}
double flops(const Gemm& a) { return 2.0 * a.m * a.n * a.k; }
double bytes(const Gemm& a) {
  return floats(double(a.m) * a.k + double(a.k) * a.n + double(a.m) * a.n * (a.accumulate ? 2 : 1));
}

void validate(const Conv2d& a) { check_conv(a.kName, a.at), check_pool(a), wanted(a.kName, {a.x, a.w, a.y}); }
double flops(const Conv2d& a) { return conv_flops(a.at); }
double bytes(const Conv2d& a) { return floats(double(a.at.x_size()) + double(a.at.w_size()) + double(a.y_size())); }

void validate(const Conv2dBf16& a) { check_conv(a.kName, a.at), check_pool(a), wanted(a.kName, {a.x, a.w, a.y}); }
double flops(const Conv2dBf16& a) { return conv_flops(a.at); }
double bytes(const Conv2dBf16& a) {
  return 2.0 * (double(a.at.x_size()) + double(a.at.w_size()) + double(a.y_size()));
}

void validate(const Conv2dGradInput& a) { check_conv(a.kName, a.at), wanted(a.kName, {a.dy, a.w, a.dx}); }
double flops(const Conv2dGradInput& a) { return conv_flops(a.at); }
double bytes(const Conv2dGradInput& a) { return floats(conv_floats(a.at)); }

void validate(const Conv2dGradWeight& a) { check_conv(a.kName, a.at), wanted(a.kName, {a.dy, a.x, a.dw}); }
double flops(const Conv2dGradWeight& a) { return conv_flops(a.at); }
double bytes(const Conv2dGradWeight& a) { return floats(conv_floats(a.at)); }

void validate(const Relu& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.y}); }
double flops(const Relu& a) { return double(a.size); }
double bytes(const Relu& a) { return floats(2.0 * double(a.size)); }

void validate(const ReluGrad& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.y, a.dy, a.dx}); }
double flops(const ReluGrad& a) { return double(a.size); }
double bytes(const ReluGrad& a) { return floats(3.0 * double(a.size)); }

void validate(const Add& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.y}); }
double flops(const Add& a) { return double(a.size); }
double bytes(const Add& a) { return floats(3.0 * double(a.size)); }

void validate(const Scale& a) {
  positive(a.kName, {a.size}), wanted(a.kName, {a.x});
  require(std::isfinite(a.factor), "scale: the factor {} is not finite", a.factor);
}
double flops(const Scale& a) { return double(a.size); }
double bytes(const Scale& a) { return floats(2.0 * double(a.size)); }

void validate(const L2Norm& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.norm}); }
double flops(const L2Norm& a) { return 2.0 * double(a.size); }
double bytes(const L2Norm& a) { return floats(double(a.size)); }

void validate(const BiasGrad& a) { positive(a.kName, {a.rows, a.k}), wanted(a.kName, {a.dy, a.db}); }
double flops(const BiasGrad& a) { return double(a.rows) * a.k; }
double bytes(const BiasGrad& a) { return floats(double(a.rows) * a.k + a.k); }

void validate(const Dropout& a) {
  positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.y});
  require(a.rate >= 0 && a.rate < 1, "dropout: rate {} is not in [0, 1)", a.rate);
}
double flops(const Dropout& a) { return double(a.size); }
double bytes(const Dropout& a) { return floats(2.0 * double(a.size)); }

void validate(const MaxPool& a) {
  positive(a.kName, {a.n, a.h, a.w, a.c}), wanted(a.kName, {a.x, a.y});
  require(a.h >= 2 && a.w >= 2, "maxpool: {}x{} is smaller than the 2x2 window", a.h, a.w);
}
double flops(const MaxPool& a) { return 3.0 * area(a.n, a.h / 2, a.w / 2, a.c); }
double bytes(const MaxPool& a) {
  return floats(area(a.n, a.h, a.w, a.c)) + (a.argmax ? 4.25 : 4.0) * area(a.n, a.h / 2, a.w / 2, a.c);
}

void validate(const MaxPoolGrad& a) {
  positive(a.kName, {a.n, a.h, a.w, a.c}), wanted(a.kName, {a.dy, a.argmax, a.dx});
  require(a.h >= 2 && a.w >= 2, "maxpool_grad: {}x{} is smaller than the 2x2 window", a.h, a.w);
}
double flops(const MaxPoolGrad& a) { return area(a.n, a.h, a.w, a.c); }
double bytes(const MaxPoolGrad& a) {
  return floats(area(a.n, a.h, a.w, a.c)) + 4.25 * area(a.n, a.h / 2, a.w / 2, a.c);
}

void validate(const GlobalAvgPool& a) { positive(a.kName, {a.n, a.h, a.w, a.c}), wanted(a.kName, {a.x, a.y}); }
double flops(const GlobalAvgPool& a) { return area(a.n, a.h, a.w, a.c); }
double bytes(const GlobalAvgPool& a) { return floats(area(a.n, a.h, a.w, a.c) + area(a.n, 1, 1, a.c)); }

void validate(const GlobalAvgPoolGrad& a) {
  positive(a.kName, {a.n, a.h, a.w, a.c}), wanted(a.kName, {a.dy, a.dx});
}
double flops(const GlobalAvgPoolGrad& a) { return area(a.n, 1, 1, a.c); }
double bytes(const GlobalAvgPoolGrad& a) { return floats(area(a.n, a.h, a.w, a.c) + area(a.n, 1, 1, a.c)); }

void validate(const SoftmaxLoss& a) {
  positive(a.kName, {a.rows, a.classes}), countable(a.kName, {a.rows, a.classes}), wanted(a.kName, {a.logits});
  require(a.label || (!a.loss && !a.dlogits), "softmax_loss: loss and dlogits need labels");
  require(a.smoothing >= 0 && a.smoothing < 1, "softmax_loss: smoothing {} is not in [0, 1)", a.smoothing);
}
double flops(const SoftmaxLoss& a) { return 5.0 * a.rows * a.classes; }
double bytes(const SoftmaxLoss& a) {
  return floats(double(a.rows) * a.classes * (1 + (a.probs != nullptr) + (a.dlogits != nullptr)));
}

void validate(const Adam& a) {
  positive(a.kName, {a.size, a.t}), wanted(a.kName, {a.w, a.m, a.v, a.g});
  require(a.lr >= 0 && a.eps >= 0 && a.decay >= 0, "adam: lr, eps and decay must not be negative");
  require(a.beta1 >= 0 && a.beta1 < 1 && a.beta2 >= 0 && a.beta2 < 1, "adam: beta1 and beta2 must be in [0, 1)");
}
double flops(const Adam& a) { return 12.0 * double(a.size); }
double bytes(const Adam& a) { return floats(7.0 * double(a.size)); }

void validate(const Sgd& a) {
  positive(a.kName, {a.size}), wanted(a.kName, {a.w, a.g});
  require(a.lr >= 0 && a.decay >= 0 && a.momentum >= 0, "sgd: lr, decay and momentum must not be negative");
  require(a.velocity || a.momentum == 0, "sgd: momentum {} needs a velocity", a.momentum);
}
double flops(const Sgd& a) { return 4.0 * double(a.size); }
double bytes(const Sgd& a) { return floats((a.velocity ? 5.0 : 3.0) * double(a.size)); }

void validate(const PrepareImages& a) {
  positive(a.kName, {a.pixels}), wanted(a.kName, {a.rgb, a.x});
  for (float s : a.stddev) require(s > 0, "prepare_images: stddev {} is not positive", s);
}
double flops(const PrepareImages& a) { return 9.0 * double(a.pixels); }
double bytes(const PrepareImages& a) { return 15.0 * double(a.pixels); }

void validate(const PrepareImagesBf16& a) {
  positive(a.kName, {a.pixels}), wanted(a.kName, {a.rgb, a.x});
  for (float s : a.stddev) require(s > 0, "prepare_images_bf16: stddev {} is not positive", s);
}
double flops(const PrepareImagesBf16& a) { return 9.0 * double(a.pixels); }
double bytes(const PrepareImagesBf16& a) { return 11.0 * double(a.pixels); }

void validate(const ToBf16& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.y}); }
double flops(const ToBf16& a) { return double(a.size); }
double bytes(const ToBf16& a) { return 6.0 * double(a.size); }

void validate(const FromBf16& a) { positive(a.kName, {a.size}), wanted(a.kName, {a.x, a.y}); }
double flops(const FromBf16& a) { return double(a.size); }
double bytes(const FromBf16& a) { return 6.0 * double(a.size); }

}  // namespace graft
