// Gradient clipping and weight decay, before an optimizer's own step.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/optimizer.h"

using namespace graft;

TEST_CASE("gradients are clipped to the given norm, however large they are") {
  constexpr int64_t kSize = (int64_t{1} << 20) + 77;  // more than a chunk
  Device device{cpu_backend()};
  ParameterArena arena;
  arena.declare("w/kernel", {kSize});
  arena.allocate(device);
  std::vector<float> gradient(kSize);
  double sum = 0;
  for (int64_t i = 0; i < kSize; ++i) {
    gradient[size_t(i)] = 1e3f * std::sin(float(i));
    sum += double(gradient[size_t(i)]) * gradient[size_t(i)];
  }
  for (const double share : {0.5, 1e-3, 1e-4, 1e-6, 1e-9, 1e-20}) {
    CAPTURE(share);
    arena.trainable_values().zero();
    arena.grads().copy_from_host(gradient);
    const auto clip_norm = float(share * std::sqrt(sum));
    SgdOptimizer sgd(arena, {.momentum = 0, .every = {.clip_norm = clip_norm}});
    sgd.step(1);  // from zero, so that the weights equal the step
    const std::vector<float> w = arena.trainable_values().to_host();
    double worst = 0, squares = 0;
    for (int64_t i = 0; i < kSize; ++i) {
      const double wanted = -share * gradient[size_t(i)];
      worst = std::max(worst, std::abs(w[size_t(i)] - wanted) / std::max(std::abs(wanted), 1e-30));
      squares += double(w[size_t(i)]) * w[size_t(i)];
    }
    CHECK(worst < 1e-6);
    CHECK(std::sqrt(squares) == doctest::Approx(clip_norm).epsilon(1e-6));
  }
}

TEST_CASE("a norm beyond the square root of the largest float is clipped too") {
  Device device{cpu_backend()};
  ParameterArena arena;
  arena.declare("w/kernel", {2});
  arena.allocate(device);
  arena.grads().copy_from_host(std::vector<float>{3e30f, -4e30f});
  SgdOptimizer sgd(arena, {.momentum = 0, .every = {.clip_norm = 5}});
  sgd.step(1);
  const std::vector<float> w = arena.trainable_values().to_host();
  CHECK(w[0] == doctest::Approx(-3));
  CHECK(w[1] == doctest::Approx(4));
}

TEST_CASE("a weight decay below the precision of f32 is correct on average") {
  constexpr int64_t kSize = 1 << 16;
  constexpr float kDecay = 9e-8f;  // the factor in f32 would be 1 - 6e-8 or 1 - 1.2e-7
  Device device{cpu_backend()};
  ParameterArena arena;
  arena.declare("w/kernel", {kSize});
  arena.allocate(device);
  std::vector<float> before(kSize);
  for (int64_t i = 0; i < kSize; ++i) before[size_t(i)] = 1 + float(i) / kSize;
  arena.trainable_values().copy_from_host(before);
  arena.grads().zero();
  SgdOptimizer sgd(arena, {.momentum = 0, .every = {.weight_decay = kDecay}});
  sgd.step(1);
  const std::vector<float> after = arena.trainable_values().to_host();
  double mean = 0;
  for (size_t i = 0; i < before.size(); ++i) mean += (double{before[i]} - after[i]) / before[i] / double(kSize);
  CHECK(mean == doctest::Approx(kDecay).epsilon(0.02));
}

TEST_CASE("gradients with a small enough norm are unchanged") {
  Device device{cpu_backend()};
  ParameterArena arena;
  arena.declare("w/kernel", {2});
  arena.allocate(device);
  arena.grads().copy_from_host(std::vector<float>{3, -4});
  SgdOptimizer sgd(arena, {.momentum = 0, .every = {.clip_norm = 5.01f}});
  sgd.step(1);
  CHECK(arena.trainable_values().to_host() == std::vector<float>{-3, 4});
}
