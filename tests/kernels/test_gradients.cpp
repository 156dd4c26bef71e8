// Every gradient of the reference against finite differences of its forward op. Losses are double sums of f32 outputs;
// the five-point difference has an error of h^4/30 f''''', which for a step of 1/16 is below that of rounding.
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "kernels/reference/reference.h"
#include "kernels/testing/compare.h"

using namespace graft;
using Floats = std::vector<float>;

namespace {

constexpr double kBound = 2e-5;
constexpr float kStep = 1.0f / 16;

// Fixed, distinct and nonzero values: multiples of 3/4 of odd numbers modulo a prime, in an irregular order, so that no
// step of 2h crosses a kink of relu or maxpool.
Floats spread(size_t count, int from = 0) {
  Floats x(count);
  for (size_t i = 0; i < count; ++i) x[i] = (float((i * 37 + 11 + size_t(from)) % 101) - 50.5f) * (3.0f / 64);
  return x;
}

double dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

// Returns d loss / d x, element by element; loss() reads x.
std::vector<double> numeric(Floats& x, const std::function<double()>& loss) {
  std::vector<double> gradient;
  for (float& v : x) {
    const float at = v;
    const auto f = [&](float step) { return v = at + step, loss(); };
    gradient.push_back((8 * (f(kStep) - f(-kStep)) - (f(2 * kStep) - f(-2 * kStep))) / (12.0 * kStep));
    v = at;
  }
  return gradient;
}

void check(const Floats& analytic, const std::vector<double>& differences) {
  const auto c = test::compare(analytic, differences, kBound);
  CHECK_MESSAGE(c.ok(), c.report());
}

void check_conv(const Conv2dShape& s) {
  CAPTURE(s.pad);
  CAPTURE(s.stride);
  Floats x = spread(size_t(s.x_size())), w = spread(size_t(s.w_size()), 7), bias = spread(size_t(s.k), 3);
  Floats y(size_t(s.y_size())), dy = spread(y.size(), 5), dx(x.size()), dw(w.size()), db(bias.size());
  const auto loss = [&] {
    reference::conv2d({s, x.data(), w.data(), bias.data(), y.data()});
    return dot(y, dy);
  };
  reference::conv2d_grad_input({s, dy.data(), w.data(), dx.data()});
  reference::conv2d_grad_weight({s, dy.data(), x.data(), dw.data(), db.data()});
  check(dx, numeric(x, loss));
  check(dw, numeric(w, loss));
  check(db, numeric(bias, loss));
}

}  // namespace

TEST_CASE("gradients: conv2d") {
  check_conv({.n = 2, .h = 4, .w = 5, .c = 2, .k = 3, .r = 3, .s = 3, .pad = 1, .stride = 1});
  check_conv({.n = 1, .h = 7, .w = 6, .c = 3, .k = 2, .r = 3, .s = 3, .pad = 1, .stride = 2});
  check_conv({.n = 1, .h = 5, .w = 5, .c = 1, .k = 2, .r = 5, .s = 5, .pad = 2, .stride = 1});
  check_conv({.n = 3, .h = 3, .w = 4, .c = 3, .k = 5, .r = 1, .s = 1, .pad = 0, .stride = 1});
  check_conv({.n = 1, .h = 6, .w = 5, .c = 2, .k = 2, .r = 3, .s = 2, .pad = 0, .stride = 3});
}

TEST_CASE("gradients: linear from gemm and bias_grad") {
  const int rows = 4, in = 5, out = 3;
  Floats x = spread(rows * in), w = spread(in * out, 7), bias = spread(out, 3), y(rows * out);
  const Floats dy = spread(rows * out, 5);
  const auto loss = [&] {
    reference::gemm({rows, out, in, false, false, x.data(), w.data(), bias.data(), y.data()});
    return dot(y, dy);
  };
  Floats dx(x.size()), dw(w.size()), db(bias.size());
  reference::gemm({rows, in, out, false, true, dy.data(), w.data(), nullptr, dx.data()});
  reference::gemm({in, out, rows, true, false, x.data(), dy.data(), nullptr, dw.data()});
  reference::bias_grad({rows, out, dy.data(), db.data()});
  check(dx, numeric(x, loss));
  check(dw, numeric(w, loss));
  check(db, numeric(bias, loss));
}

TEST_CASE("gradients: relu") {
  Floats x = spread(60), y(x.size()), dx(x.size());
  const Floats dy = spread(x.size(), 5);
  const auto loss = [&] {
    reference::relu({int64_t(x.size()), x.data(), y.data()});
    return dot(y, dy);
  };
  // Two steps are 1/8: x must keep this distance from the kink.
  for (float& v : x) v += v < 0 ? -0.125f : 0.125f;
  loss();
  reference::relu_grad({int64_t(x.size()), y.data(), dy.data(), dx.data()});
  check(dx, numeric(x, loss));
}

TEST_CASE("gradients: dropout, whose gradient is the op itself") {
  Floats x = spread(40), y(x.size()), dx(x.size());
  const Floats dy = spread(x.size(), 5);
  const auto loss = [&] {
    reference::dropout({int64_t(x.size()), 0.4f, 9, 4, x.data(), y.data()});
    return dot(y, dy);
  };
  reference::dropout({int64_t(x.size()), 0.4f, 9, 4, dy.data(), dx.data()});
  check(dx, numeric(x, loss));
}

TEST_CASE("gradients: maxpool, which ignores an odd last row and column") {
  const int n = 2, h = 5, w = 7, c = 1;
  // Neighbours must differ by more than four steps.
  Floats x = spread(size_t(n) * h * w * c);
  for (float& v : x) v *= 16;
  Floats y(size_t(n) * 2 * 3 * c), dx(x.size());
  const Floats dy = spread(y.size(), 5);
  std::vector<uint8_t> argmax(y.size());
  const auto loss = [&] {
    reference::maxpool({n, h, w, c, x.data(), y.data(), argmax.data()});
    return dot(y, dy);
  };
  loss();
  const std::vector<uint8_t> kept = argmax;
  reference::maxpool_grad({n, h, w, c, dy.data(), kept.data(), dx.data()});
  check(dx, numeric(x, loss));
}

TEST_CASE("gradients: global_avgpool") {
  const int n = 2, h = 3, w = 5, c = 3;
  Floats x = spread(size_t(n) * h * w * c), y(size_t(n) * c), dx(x.size());
  const Floats dy = spread(y.size(), 5);
  const auto loss = [&] {
    reference::global_avgpool({n, h, w, c, x.data(), y.data()});
    return dot(y, dy);
  };
  reference::global_avgpool_grad({n, h, w, c, dy.data(), dx.data()});
  check(dx, numeric(x, loss));
}

TEST_CASE("gradients: softmax_loss, scaled") {
  const int rows = 3, classes = 5;
  const float scale = 0.25f;
  Floats x = spread(rows * classes), losses(rows), dx(x.size());
  const std::vector<int32_t> label = {4, 0, 2};
  const auto loss = [&] {
    reference::softmax_loss({rows, classes, x.data(), label.data(), losses.data()});
    double sum = 0;
    for (float l : losses) sum += double{scale} * l;
    return sum;
  };
  reference::softmax_loss({rows, classes, x.data(), label.data(), nullptr, nullptr, dx.data(), scale});
  check(dx, numeric(x, loss));
}

TEST_CASE("gradients: softmax_loss, smoothed and with class weights") {
  const int rows = 3, classes = 5;
  Floats x = spread(rows * classes), losses(rows), dx(x.size());
  const Floats weights = {0.5f, 2, 0, 1.25f, 3};
  const std::vector<int32_t> label = {4, 0, 2};
  SoftmaxLoss a{rows,    classes,   x.data(), label.data(), losses.data(),
                nullptr, dx.data(), 0.25f,    0.3f,         weights.data()};
  reference::softmax_loss(a);
  const Floats analytic = dx;
  check(analytic, numeric(x, [&] {
          reference::softmax_loss(a);
          double sum = 0;
          for (float l : losses) sum += double{a.scale} * l;
          return sum;
        }));
}
