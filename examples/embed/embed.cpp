// Graft as a library: trains a small network to predict whether a point of the plane is inside a ring.
#include <cmath>
#include <cstdio>

#include "engine/base/rng.h"
#include "engine/init.h"
#include "engine/ops.h"
#include "engine/optimizer.h"

using namespace graft;

int main() try {
  constexpr int kBatch = 128, kSteps = 1000;
  Device device(find_backend("auto"));
  ParameterArena parameters;
  Parameter &w1 = parameters.declare("hidden/kernel", {2, 64}), &b1 = parameters.declare("hidden/bias", {64});
  Parameter &w2 = parameters.declare("out/kernel", {64, 2}), &b2 = parameters.declare("out/bias", {2});
  parameters.allocate(device);
  glorot_uniform(w1, 1);
  glorot_uniform(w2, 1);
  AdamOptimizer adam(parameters, {});

  int correct = 0;  // predictions in the last ten batches
  for (int step = 0; step < kSteps; ++step) {
    RandomStream random(1, Purpose::demo, step);
    std::vector<float> points(2 * kBatch);
    std::vector<int32_t> labels(kBatch);
    for (int i = 0; i < kBatch; ++i) {
      const float x = points[2 * i] = random.uniform(-1, 1), y = points[2 * i + 1] = random.uniform(-1, 1);
      labels[i] = std::abs(std::sqrt(x * x + y * y) - 0.6f) < 0.25f;
    }
    Tape tape;
    const Var x{Tensor::from_host(device, {kBatch, 2}, points)};
    const Var hidden = linear(tape, x, tape.leaf(w1), tape.leaf(b1), true);
    const Var logits = linear(tape, hidden, tape.leaf(w2), tape.leaf(b2), false);
    Tensor probs;
    const Var loss = softmax_loss(tape, logits, Tensor::from_host(device, {kBatch}, labels), &probs);
    parameters.begin_step();
    tape.backward(loss);
    adam.step(0.02f);
    if (step < kSteps - 10) continue;
    const std::vector<float> p = probs.to_host();
    for (int i = 0; i < kBatch; ++i) correct += (p[2 * i + 1] > p[2 * i]) == labels[i];
  }
  const double accuracy = correct / (10.0 * kBatch);
  std::printf("accuracy over the last ten batches: %.3f\n", accuracy);
  return accuracy > 0.9 ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return static_cast<int>(error.fault());
}
