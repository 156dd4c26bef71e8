// Each precondition of each op, violated alone, must throw Error (bug); the unmodified arguments must not.
#include <doctest/doctest.h>

#include <limits>

#include "kernels/api/error.h"
#include "kernels/api/ops.h"

using namespace graft;

namespace {

float f[1];
Bf16 bf16[1];
uint8_t u8[1];
int32_t i32[1];
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Modifies a copy of `good` and expects validate() to throw.
template <class Args, class Break>
void broken(const Args& good, const char* what, const Break& break_it) {
  CHECK_NOTHROW(validate(good));
  Args a = good;
  break_it(a);
  bool thrown = false;
  try {
    validate(a);
  } catch (const Error& e) {
    thrown = e.fault() == Fault::bug;
  }
  CHECK_MESSAGE(thrown, Args::kName, ": ", what, " was let through");
}

#define BROKEN(good, change) broken(good, #change, [](auto& a) { change; })

template <class Args>
void check_conv(const Args& good) {
  BROKEN(good, a.at.n = 0);
  BROKEN(good, a.at.h = -1);
  BROKEN(good, a.at.w = 0);
  BROKEN(good, a.at.c = 0);
  BROKEN(good, a.at.k = 0);
  BROKEN(good, a.at.r = 0);
  BROKEN(good, a.at.s = 0);
  BROKEN(good, a.at.stride = 0);
  BROKEN(good, a.at.pad = -1);
  BROKEN(good, a.at.r = a.at.h + 2 * a.at.pad + 1);
  BROKEN(good, a.at.s = a.at.w + 2 * a.at.pad + 1);
}

template <class Args>
void check_image(const Args& good) {
  BROKEN(good, a.n = 0);
  BROKEN(good, a.h = 0);
  BROKEN(good, a.w = 0);
  BROKEN(good, a.c = 0);
}

const Conv2dShape kShape = {.n = 1, .h = 4, .w = 5, .c = 2, .k = 3, .r = 3, .s = 3};

}  // namespace

TEST_CASE("validate: gemm") {
  const Gemm good = {2, 3, 4, false, false, f, f, f, f};
  BROKEN(good, a.m = 0);
  BROKEN(good, a.n = -2);
  BROKEN(good, a.k = 0);
  BROKEN(good, a.a = nullptr);
  BROKEN(good, a.b = nullptr);
  BROKEN(good, a.c = nullptr);
  BROKEN(good, a.accumulate = true);  // with a bias
  BROKEN(good, (a.bias = nullptr, a.relu = a.accumulate = true));
}

TEST_CASE("validate: convolutions") {
  const Conv2d y = {kShape, f, f, nullptr, f};
  check_conv(y);
  BROKEN(y, a.x = nullptr);
  BROKEN(y, a.w = nullptr);
  BROKEN(y, a.y = nullptr);
  BROKEN(y, (a.pool = true, a.at.h = 1));
  const Conv2dBf16 frozen = {kShape, bf16, bf16, nullptr, bf16};
  check_conv(frozen);
  BROKEN(frozen, a.x = nullptr);
  BROKEN(frozen, a.w = nullptr);
  BROKEN(frozen, a.y = nullptr);
  BROKEN(frozen, (a.pool = true, a.at.w = 1));
  const Conv2dGradInput dx = {kShape, f, f, f};
  check_conv(dx);
  BROKEN(dx, a.dy = nullptr);
  BROKEN(dx, a.w = nullptr);
  BROKEN(dx, a.dx = nullptr);
  const Conv2dGradWeight dw = {kShape, f, f, f};
  check_conv(dw);
  BROKEN(dw, a.dy = nullptr);
  BROKEN(dw, a.x = nullptr);
  BROKEN(dw, a.dw = nullptr);
}

TEST_CASE("validate: element-wise ops") {
  const Relu relu = {1, f, f};
  BROKEN(relu, a.size = 0);
  BROKEN(relu, a.x = nullptr);
  BROKEN(relu, a.y = nullptr);
  const ReluGrad relu_grad = {1, f, f, f};
  BROKEN(relu_grad, a.size = -1);
  BROKEN(relu_grad, a.y = nullptr);
  BROKEN(relu_grad, a.dy = nullptr);
  BROKEN(relu_grad, a.dx = nullptr);
  const Add add = {1, f, f};
  BROKEN(add, a.size = 0);
  BROKEN(add, a.x = nullptr);
  BROKEN(add, a.y = nullptr);
  const Dropout dropout = {1, 0.5f, 1, 2, f, f};
  BROKEN(dropout, a.size = 0);
  BROKEN(dropout, a.x = nullptr);
  BROKEN(dropout, a.y = nullptr);
  BROKEN(dropout, a.rate = 1);
  BROKEN(dropout, a.rate = -0.1f);
  BROKEN(dropout, a.rate = kNan);
  const Scale scale = {1, 0.5, f};
  BROKEN(scale, a.size = 0);
  BROKEN(scale, a.factor = kNan);
  BROKEN(scale, a.factor = std::numeric_limits<double>::infinity());
  BROKEN(scale, a.x = nullptr);
  const L2Norm norm = {1, f, f};
  BROKEN(norm, a.size = 0);
  BROKEN(norm, a.x = nullptr);
  BROKEN(norm, a.norm = nullptr);
  const BiasGrad bias = {1, 1, f, f};
  BROKEN(bias, a.rows = 0);
  BROKEN(bias, a.k = 0);
  BROKEN(bias, a.dy = nullptr);
  BROKEN(bias, a.db = nullptr);
}

TEST_CASE("validate: pooling") {
  const MaxPool pool = {1, 2, 2, 1, f, f};
  check_image(pool);
  BROKEN(pool, a.h = 1);
  BROKEN(pool, a.w = 1);
  BROKEN(pool, a.x = nullptr);
  BROKEN(pool, a.y = nullptr);
  const MaxPoolGrad pool_grad = {1, 2, 2, 1, f, u8, f};
  check_image(pool_grad);
  BROKEN(pool_grad, a.h = 1);
  BROKEN(pool_grad, a.w = 1);
  BROKEN(pool_grad, a.dy = nullptr);
  BROKEN(pool_grad, a.argmax = nullptr);
  BROKEN(pool_grad, a.dx = nullptr);
  const GlobalAvgPool mean = {1, 1, 1, 1, f, f};
  check_image(mean);
  BROKEN(mean, a.x = nullptr);
  BROKEN(mean, a.y = nullptr);
  const GlobalAvgPoolGrad mean_grad = {1, 1, 1, 1, f, f};
  check_image(mean_grad);
  BROKEN(mean_grad, a.dy = nullptr);
  BROKEN(mean_grad, a.dx = nullptr);
}

TEST_CASE("validate: softmax_loss") {
  const SoftmaxLoss good = {1, 2, f, i32, f, f, f};
  BROKEN(good, a.rows = 0);
  BROKEN(good, a.classes = 0);
  BROKEN(good, a.logits = nullptr);
  BROKEN(good, a.label = nullptr);
  BROKEN(good, a.smoothing = 1);
  BROKEN(good, a.smoothing = -0.1f);
  BROKEN(good, a.smoothing = kNan);
  BROKEN(good, (a.label = nullptr, a.loss = nullptr));
  BROKEN(good, (a.label = nullptr, a.dlogits = nullptr));
}

TEST_CASE("validate: optimizers") {
  const Adam adam = {1, f, f, f, f, 0.1f, 0.9f, 0.999f, 1e-7f, 0, 1};
  BROKEN(adam, a.size = 0);
  BROKEN(adam, a.t = 0);
  BROKEN(adam, a.w = nullptr);
  BROKEN(adam, a.m = nullptr);
  BROKEN(adam, a.v = nullptr);
  BROKEN(adam, a.g = nullptr);
  BROKEN(adam, a.lr = -1);
  BROKEN(adam, a.lr = kNan);
  BROKEN(adam, a.eps = -1);
  BROKEN(adam, a.decay = -1);
  BROKEN(adam, a.beta1 = 1);
  BROKEN(adam, a.beta1 = -0.1f);
  BROKEN(adam, a.beta2 = 1);
  BROKEN(adam, a.beta2 = kNan);
  const Sgd sgd = {1, f, f, f, 0.1f, 0.9f, 0};
  BROKEN(sgd, a.size = 0);
  BROKEN(sgd, a.w = nullptr);
  BROKEN(sgd, a.g = nullptr);
  BROKEN(sgd, a.lr = -1);
  BROKEN(sgd, a.momentum = -1);
  BROKEN(sgd, a.decay = kNan);
  BROKEN(sgd, a.velocity = nullptr);
}

TEST_CASE("validate: prepare_images") {
  const PrepareImages good = {1, u8, f};
  BROKEN(good, a.pixels = 0);
  BROKEN(good, a.rgb = nullptr);
  BROKEN(good, a.x = nullptr);
  BROKEN(good, a.stddev[2] = 0);
  BROKEN(good, a.stddev[0] = kNan);
}
