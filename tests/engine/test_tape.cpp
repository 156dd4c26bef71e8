// The tape: what is recorded, where gradients are added, and that they agree with finite differences.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "engine/base/rng.h"
#include "engine/init.h"
#include "engine/ops.h"
#include "engine/optimizer.h"

using namespace graft;

namespace {

struct Net {  // conv - pool - flatten - linear, small enough for finite differences
  Device device{cpu_backend()};
  ParameterArena arena;
  Parameter &w1 = arena.declare("c/kernel", {3, 3, 2, 3}), &b1 = arena.declare("c/bias", {3});
  Parameter &w2 = arena.declare("d/kernel", {12, 4}), &b2 = arena.declare("d/bias", {4});

  explicit Net(bool conv_trains = true) {
    w1.trainable = b1.trainable = conv_trains;
    arena.allocate(device);
    he_normal(w1, 5);
    glorot_uniform(w2, 5);
  }
  Tensor input(int n) {
    std::vector<float> x(size_t(n) * 4 * 4 * 2);
    RandomStream random(3, Purpose::demo);
    for (float& v : x) v = random.normal();
    return Tensor::from_host(device, {n, 4, 4, 2}, x);
  }
  Tensor labels(int n) {
    std::vector<int32_t> y(static_cast<size_t>(n));
    for (int i = 0; i < n; ++i) y[i] = (i * 7 + 1) % 4;
    return Tensor::from_host(device, {n}, y);
  }
  Var conv(Tape& tape, const Tensor& x) {
    const Conv2dShape at{.n = x.shape().extent(0), .h = 4, .w = 4, .c = 2, .k = 3, .r = 3, .s = 3};
    return conv2d(tape, {x}, tape.leaf(w1), tape.leaf(b1), at, true);
  }
  Var loss(Tape& tape, const Tensor& x, const Tensor& y) {
    const Var v = flatten(tape, maxpool(tape, conv(tape, x)));
    return softmax_loss(tape, linear(tape, v, tape.leaf(w2), tape.leaf(b2), false), y);
  }
  double mean_loss(const Tensor& x, const Tensor& y) {
    Tape tape(Tape::Recording::off);
    double sum = 0;
    for (float l : loss(tape, x, y).value.to_host()) sum += l;
    return sum / double(y.size());
  }
  void gradients(const Tensor& x, const Tensor& y) {
    Tape tape;
    tape.backward(loss(tape, x, y));
  }
};

}  // namespace

TEST_CASE("gradients of a small net agree with finite differences") {
  Net net;
  const Tensor x = net.input(3), y = net.labels(3);
  net.arena.begin_step();
  net.gradients(x, y);
  for (Parameter& p : net.arena.all()) {
    std::vector<float> values = p.value.to_host();
    const std::vector<float> grad = p.grad.to_host();
    double norm = 0, difference = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const float kept = values[i], h = 1e-3f;
      const auto at = [&](float v) {
        values[i] = v;
        p.value.copy_from_host(values);
        return net.mean_loss(x, y);
      };
      const double slope = (at(kept + h) - at(kept - h)) / (2.0 * h);
      at(kept);
      norm += slope * slope, difference += (slope - grad[i]) * (slope - grad[i]);
    }
    INFO(p.name);
    REQUIRE(norm > 0);
    CHECK(std::sqrt(difference / norm) < 2e-2);  // a max pool or ReLU may have a kink within h
  }
}

TEST_CASE("a frozen prefix records nothing and gets no gradient") {
  Net net(false);
  Tape tape;
  const Tensor x = net.input(2);
  CHECK_FALSE(tape.leaf(net.w1).tracked());
  const Var v = net.conv(tape, x);
  CHECK_FALSE(flatten(tape, maxpool(tape, v)).tracked());
  CHECK(tape.size() == 0);
  CHECK_FALSE(net.w1.grad.defined());
  CHECK(net.arena.trainable_size() == 12 * 4 + 4);
  CHECK(net.arena.frozen_size() == 3 * 3 * 2 * 3 + 3);
}

TEST_CASE("without recording the tape stays empty") {
  Net net;
  Tape tape(Tape::Recording::off);
  CHECK_FALSE(net.loss(tape, net.input(1), net.labels(1)).tracked());
  CHECK(tape.size() == 0);
}

TEST_CASE("frozen weights are unchanged by steps with weight decay") {
  Net net(false);
  const std::vector<float> before = net.w1.value.to_host(), head = net.w2.value.to_host();
  AdamOptimizer optimizer(net.arena, {.decay = 0.1f});
  for (int step = 0; step < 10; ++step) {
    net.arena.begin_step();
    net.gradients(net.input(3), net.labels(3));
    optimizer.step(1e-2f);
  }
  CHECK(net.w1.value.to_host() == before);
  CHECK(net.w2.value.to_host() != head);
}

TEST_CASE("a second backward in one step adds, a new step overwrites") {
  Net net;
  const Tensor x = net.input(3), y = net.labels(3);
  net.arena.begin_step();
  net.gradients(x, y);
  const std::vector<float> once = net.arena.grads().to_host();
  net.gradients(x, y);
  const std::vector<float> twice = net.arena.grads().to_host();
  for (size_t i = 0; i < once.size(); ++i) CHECK(twice[i] == doctest::Approx(2 * once[i]).epsilon(1e-5));
  net.arena.begin_step();
  net.gradients(x, y);
  CHECK(net.arena.grads().to_host() == once);
}

TEST_CASE("gradients are added if a value is used twice") {
  Device device{cpu_backend()};
  ParameterArena arena;
  Parameter &w = arena.declare("w/kernel", {2, 2}), &b = arena.declare("w/bias", {2});
  arena.allocate(device);
  w.value.copy_from_host(std::vector<float>{0.5f, -1, 2, 0.25f});
  const Tensor x = Tensor::from_host(device, {1, 2}, std::vector<float>{1, 2});
  const Tensor y = Tensor::from_host(device, {1}, std::vector<int32_t>{1});
  const auto applied = [&](int times) {  // the same layer several times in sequence
    arena.begin_step();
    Tape tape;
    Var v{x};
    const Var wv = tape.leaf(w), bv = tape.leaf(b);
    for (int i = 0; i < times; ++i) v = linear(tape, v, wv, bv, false);
    tape.backward(softmax_loss(tape, v, y));
    return w.grad.to_host();
  };
  // Derived by hand for v = (xW)W: dW = x^T (g W^T) + (xW)^T g with g = softmax - onehot.
  const float h0 = 0.5f + 4, h1 = -1 + 0.5f;
  const float o0 = h0 * 0.5f + h1 * 2, o1 = -h0 + h1 * 0.25f;
  const float p0 = 1 / (1 + std::exp(o1 - o0)), g0 = p0, g1 = (1 - p0) - 1;
  const float q0 = g0 * 0.5f - g1, q1 = g0 * 2 + g1 * 0.25f;
  const std::vector<float> expected = {q0 + h0 * g0, q1 + h0 * g1, 2 * q0 + h1 * g0, 2 * q1 + h1 * g1},
                           got = applied(2);
  for (int i = 0; i < 4; ++i) CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("a seed is the gradient of the root") {
  Net net;
  const Tensor x = net.input(3), y = net.labels(3);
  const auto logits = [&](Tape& tape) {
    const Var v = net.conv(tape, x);
    return linear(tape, flatten(tape, maxpool(tape, v)), tape.leaf(net.w2), tape.leaf(net.b2), false);
  };
  Tape plain;
  Tensor probs;
  net.arena.begin_step();
  plain.backward(softmax_loss(plain, logits(plain), y, &probs));
  const std::vector<float> want = net.arena.grads().to_host();
  // The same seed, derived by hand: (softmax - onehot) / n.
  Tape seeded;
  const Var root = logits(seeded);
  const std::vector<float> p = softmax(root.value).to_host();
  CHECK(p == probs.to_host());
  std::vector<float> seed(p.size());
  for (size_t i = 0; i < p.size(); ++i) seed[i] = (p[i] - float(i % 4 == (i / 4 * 7 + 1) % 4)) / 3;
  net.arena.begin_step();
  CHECK_THROWS_WITH_AS(seeded.backward(root, Tensor::zeros(net.device, {4, 3})), doctest::Contains("4x3"), Error);
  seeded.backward(root, Tensor::from_host(net.device, {3, 4}, std::span<const float>(seed)));
  const std::vector<float> got = net.arena.grads().to_host();
  for (size_t i = 0; i < want.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-4));
}

TEST_CASE("a wrong number of class weights is a clear error") {
  Net net;
  Tape tape;
  const Var logits{Tensor::zeros(net.device, {3, 4})};
  const LossOptions options{.class_weight = Tensor::zeros(net.device, {5})};
  CHECK_THROWS_WITH_AS(softmax_loss(tape, logits, net.labels(3), nullptr, options),
                       doctest::Contains("class weights: 3x4 does not fit 5"), Error);
}

TEST_CASE("mismatched shapes and a loss without trainable parameters are clear errors") {
  Net net;
  Tape tape;
  const Tensor flat = Tensor::zeros(net.device, {2, 5});
  CHECK_THROWS_WITH_AS(linear(tape, {flat}, tape.leaf(net.w2), tape.leaf(net.b2), false),
                       doctest::Contains("2x5 does not fit 12x4"), Error);
  CHECK_THROWS_AS(tape.backward({flat}), Error);
  ParameterArena frozen;
  frozen.declare("a/kernel", {2, 2}).trainable = false;
  frozen.allocate(net.device);
  CHECK_THROWS_AS(AdamOptimizer(frozen, {}), Error);
  CHECK_THROWS_AS(frozen.declare("a/kernel", {1}), Error);
}

TEST_CASE("initial values depend only on seed and name, and have the right variance") {
  Device device{cpu_backend()};
  ParameterArena arena;
  Parameter &a = arena.declare("a/kernel", {3, 3, 64, 32}), &b = arena.declare("b/kernel", {300, 200});
  arena.allocate(device);
  he_normal(a, 1);
  glorot_uniform(b, 1);
  const auto deviation = [](const std::vector<float>& v) {
    double sum = 0, squares = 0;
    for (float x : v) sum += x, squares += double(x) * x;
    return std::sqrt(squares / double(v.size()) - sum / double(v.size()) * sum / double(v.size()));
  };
  CHECK(deviation(a.value.to_host()) == doctest::Approx(std::sqrt(2.0 / (9 * 64))).epsilon(0.02));
  const double limit = std::sqrt(6.0 / 500);
  CHECK(deviation(b.value.to_host()) == doctest::Approx(limit / std::sqrt(3.0)).epsilon(0.02));
  for (float v : b.value.to_host()) REQUIRE(std::abs(v) <= limit * 1.000001);
  fan_in_uniform(b, 1);
  CHECK(deviation(b.value.to_host()) == doctest::Approx(1 / std::sqrt(3.0 * 300)).epsilon(0.02));
  const std::vector<float> first = a.value.to_host();
  he_normal(a, 2);
  CHECK(a.value.to_host() != first);
  he_normal(a, 1);
  CHECK(a.value.to_host() == first);
}

TEST_CASE("a parameter's name consists of a layer and a weight") {
  CHECK(parse_parameter_name("block1_conv1/kernel").layer == "block1_conv1");
  CHECK(parse_parameter_name("a/b/bias").layer == "a/b");
  CHECK(parse_parameter_name("a/b/bias").weight == "bias");
  for (const char* name : {"", "kernel", "/kernel", "a/"}) CHECK_THROWS_AS(parse_parameter_name(name), Error);
}
