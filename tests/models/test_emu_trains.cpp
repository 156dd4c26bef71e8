// The same tiny VGG trained on the CPU and with the device kernels: for the same seed the losses of 20 steps agree,
// whichever layers are trainable. The accuracy of each kernel is tested elsewhere; this is an integration test.
#include <doctest/doctest.h>

#include <numeric>

#include "engine/base/rng.h"
#include "engine/init.h"
#include "engine/optimizer.h"
#include "models/frozen_trunk.h"

using namespace graft;

namespace {

struct Job {
  const char *unfreeze, *head;
  float dropout = 0;
  int images = 5, size = 33;  // no multiple of a tile
  bool sgd = false;
  float rate = 2e-3f;
};

constexpr int kClasses = 3, kSteps = 20;
constexpr uint64_t kSeed = 11;

// Grey levels and stripes that depend on the class.
std::vector<uint8_t> draw(const Job& job) {
  std::vector<uint8_t> rgb(size_t(job.images) * job.size * job.size * 3);
  RandomStream random(kSeed, Purpose::demo);
  for (size_t i = 0; i < rgb.size(); ++i) {
    const size_t image = i / (rgb.size() / job.images), column = i / 3 % job.size, label = image % kClasses;
    rgb[i] = uint8_t(40 + 50 * label + 60 * (column / (label + 1) % 2) + random.below(40));
  }
  return rgb;
}

std::vector<double> losses(const Backend& backend, const Job& job) {
  Device device(backend);
  Model model(
      {.trunk = "vgg-tiny", .image_size = job.size, .head = job.head, .dropout = job.dropout, .classes = kClasses});
  model.set_trainable(parse_trainable_from(job.unfreeze));
  model.allocate(device);
  for (Parameter& p : model.parameters().all()) {
    if (p.shape.rank() == 4) he_normal(p, kSeed);
    if (p.shape.rank() == 2) fan_in_uniform(p, kSeed);
  }
  std::unique_ptr<Optimizer> optimizer;
  if (job.sgd)
    optimizer = std::make_unique<SgdOptimizer>(model.parameters(), SgdOptions{.decay = 1e-3f});
  else
    optimizer = std::make_unique<AdamOptimizer>(model.parameters(), AdamOptions{});
  FrozenTrunk trunk(device, model, std::min(model.first_trained_layer(), model.trunk_end()));
  const Tensor images =
      Tensor::from_host(device, {job.images, job.size, job.size, 3}, std::span<const uint8_t>(draw(job)));
  std::vector<int32_t> labels(size_t(job.images));
  for (int i = 0; i < job.images; ++i) labels[i] = i % kClasses;

  std::vector<double> all;
  for (uint64_t step = 0; step < kSteps; ++step) {
    model.parameters().begin_step();
    Tape tape;
    const Var x{trunk.run(images, preprocess_preset("torchvision", job.size))};
    const Var logits = model.forward(tape, x, trunk.end(), model.depth(), {true, kSeed, step});
    const Var loss =
        softmax_loss(tape, logits, Tensor::from_host(device, {job.images}, std::span<const int32_t>(labels)));
    double sum = 0;
    for (float l : loss.value.to_host()) sum += l;
    all.push_back(sum / job.images);
    tape.backward(loss);
    optimizer->step(job.rate);
  }
  return all;
}

void check_same_losses(const Job& job) {
  const std::vector<double> cpu = losses(cpu_backend(), job);
  CAPTURE(job.unfreeze);
  CAPTURE(job.head);
  // The loss must decrease, so a missing gradient would show.
  const auto sum = [](auto begin, auto end) { return std::accumulate(begin, end, 0.0); };
  CHECK(sum(cpu.end() - 5, cpu.end()) < 0.95 * sum(cpu.begin(), cpu.begin() + 5));
  for (const Backend* backend : backends()) {
    if (backend == &cpu_backend() || backend->absent_because) continue;
    CAPTURE(backend->name);
    const std::vector<double> other = losses(*backend, job);
    for (int step = 0; step < kSteps; ++step) {
      CAPTURE(step);
      CHECK(std::abs(other[step] - cpu[step]) <= 1e-5 * std::max(1.0, std::abs(cpu[step])));
    }
  }
}

}  // namespace

TEST_CASE("training on a device: the losses are those of the CPU with a frozen trunk, dropout and Adam") {
  check_same_losses({.unfreeze = "none", .head = "flatten:24", .dropout = 0.3f, .rate = 1e-2f});
}

TEST_CASE("training on a device: the losses are those of the CPU if the last block is trainable") {
  check_same_losses({.unfreeze = "block5", .head = "gap:13", .dropout = 0.2f, .images = 7, .rate = 1e-2f});
}

TEST_CASE("training on a device: the losses are those of the CPU if all layers are trainable") {
  check_same_losses({.unfreeze = "all", .head = "gap", .images = 3});
  check_same_losses({.unfreeze = "all", .head = "flatten:17", .dropout = 0.1f, .images = 3, .sgd = true});
}
