// The memory plan against the memory that training allocates, and the largest batch that fits.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>

#include "engine/optimizer.h"
#include "kernels/api/arena.h"
#include "models/frozen_trunk.h"
#include "models/memory_plan.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"

using namespace graft;

namespace {

// A backend that allocates through the GPU's arena, on top of malloc.
std::unique_ptr<Arena> arena;
const Backend& counted(const Backend& kernels) {
  static Backend backend;
  backend = kernels;
  backend.alloc = [](size_t bytes) { return arena->alloc(bytes); };
  backend.release = [](void* p) { arena->release(p); };
  return backend;
}

struct Evaluation {
  size_t peak;
  int64_t takes_when_warm;  // segments allocated during the last steps
};

// Trains like `train`, without files: the frozen layers, then steps of the others.
Evaluation train(Device& device, Model& model, int batch, bool cached, int steps) {
  AdamOptimizer optimizer(model.parameters(), {});
  FrozenTrunk trunk(device, model, model.first_trained_layer());
  const Preprocess preprocess = preprocess_preset("tutorial", model.config().image_size);
  const int64_t side = model.config().image_size;
  const std::vector<uint8_t> bytes(size_t(batch * side * side * 3), 100);
  Tensor cache;
  int64_t takes = 0;
  for (int step = 0; step < steps; ++step) {
    if (step == steps - 3) takes = arena->use().takes;
    Tensor x = cache;
    if (!cached || !x.defined())
      x = trunk.run(Tensor::from_host(device, {batch, side, side, 3}, std::span(bytes)), preprocess);
    if (cached && !cache.defined()) cache = x, trunk.release_buffers();
    model.parameters().begin_step();
    Tape tape;
    const ForwardMode mode{.training = true, .seed = 1, .step = uint64_t(step)};
    const Var logits = model.forward(tape, {x}, model.first_trained_layer(), model.depth(), mode);
    const std::vector<int32_t> labels(size_t(batch), 1);
    Tensor probs;
    const Var loss =
        softmax_loss(tape, logits, Tensor::from_host(device, {int64_t(batch)}, std::span(labels)), &probs);
    tape.backward(loss);
    optimizer.step(1e-4f);
  }
  return {arena->use().peak, arena->use().takes - takes};
}

}  // namespace

TEST_CASE("memory plan: training needs at most the planned memory, and not much less") {
  struct Job {
    const char *head, *unfreeze;
    float dropout;
    bool cached;
  };
  for (const Backend* kernels : {&cpu_backend(), &emu_backend()})
    for (const Job& job : {Job{"flatten:256", "none", 0, true},
                           {"flatten:256", "none", 0.5f, false},
                           {"gap:64", "block4", 0.5f, true},
                           {"flatten:64", "block2", 0, false},
                           {"gap", "all", 0, false}}) {
      const bool emulated = kernels == &emu_backend();
      if (emulated && std::string_view(job.unfreeze) != "block4") continue;  // slow: once is enough
      arena = std::make_unique<Arena>(
          Arena::Source{[](size_t bytes) { return std::aligned_alloc(Arena::kAlign, bytes); }, std::free});
      Device device(counted(*kernels));
      Model model({"vgg-tiny", emulated ? 32 : 64, job.head, job.dropout, 5});
      model.set_trainable(parse_trainable_from(job.unfreeze));
      model.allocate(device);
      const int batch = emulated ? 3 : 24;
      // Only one batch is cached, so the plan is made for as many images.
      const MemoryPlan plan = plan_memory(model, device, {.batch = batch, .cached_images = job.cached ? batch : 0});
      const size_t before = arena->use().used;
      CHECK(int64_t(before) >= plan.weights + plan.gradients);
      const Evaluation m = train(device, model, batch, job.cached, emulated ? 1 : 6);
      INFO(job.head << " " << job.unfreeze << "\n" << describe(plan));
      const auto slack = double(100 * Arena::kAlign);  // small blocks, rounded up
      CHECK(double(m.peak) <= double(plan.total()) + slack);
      CHECK(double(m.peak) >= 0.45 * double(plan.total() - std::max<int64_t>(0, plan.testing - plan.trained)));
      if (!emulated) CHECK(m.takes_when_warm == 0);
    }
}

TEST_CASE("memory plan: the largest batch fits, and one image more does not") {
  Device device(cpu_backend());
  Model model({"vgg-tiny", 64, "flatten:64", 0, 3});
  model.set_trainable(parse_trainable_from("block3"));
  model.allocate(device);
  const auto total = [&](int batch) { return plan_memory(model, device, {.batch = batch}).total(); };
  for (const int batch : {1, 2, 17, 100}) {
    CHECK(total(batch) < total(batch + 1));
    CHECK(largest_batch(model, device, {.batch = 1000}, total(batch)) == batch);
    CHECK(largest_batch(model, device, {.batch = 1000}, total(batch + 1) - 1) == batch);
  }
  CHECK(largest_batch(model, device, {.batch = 10}, total(100)) == 10);
  CHECK(largest_batch(model, device, {.batch = 10}, total(1) - 1) == 0);
  // Computed by hand: VGG16 with its trunk frozen, on 10 cached images.
  Model large({"vgg16", 224, "flatten:1024", 0, 4});
  Model* p = &large;
  for (Parameter* frozen : p->trunk_parameters()) frozen->trainable = false;
  const MemoryPlan plan = plan_memory(large, device, {.batch = 32, .cached_images = 10});
  CHECK(plan.weights == 4 * (14714688 + 25088 * 1024 + 1024 + 1024 * 4 + 4));
  CHECK(plan.gradients == 4 * (25088 * 1024 + 1024 + 1024 * 4 + 4));
  CHECK(plan.optimizer == 2 * plan.gradients);
  CHECK(plan.cache == 10 * 4 * 25088);
  CHECK(plan.total() == plan.weights + 3 * plan.gradients + plan.cache +
                            std::max({plan.frozen, plan.trained, plan.testing}) + plan.workspace);
}

TEST_CASE("memory plan: a batch that does not fit is refused before training, naming one that does") {
  Scratch scratch;
  const auto data = scratch.path() / "data", out = scratch.path() / "run";
  if (cpu_backend().available() > int64_t{300'000'000'000}) return;  // it would fit
  draw_stripes(data, {"a", "b"}, 60);
  const Run run = shell("vgg-finetune train '" + data.string() + "'" +
                        tiny("--model vgg19 --unfreeze all --image-size 1024 --batch 65536") +
                        "--device cpu --out " + out.string());
  INFO(run.output);
  CHECK(run.code == static_cast<int>(Fault::resources));
  CHECK(run.output.find("gradients") != std::string::npos);
  const size_t at = run.output.find("--batch ");
  REQUIRE(at != std::string::npos);
  const int fits = std::atoi(run.output.c_str() + at + 8);
  CHECK((fits > 0 && fits < 120));
  CHECK_FALSE(std::filesystem::exists(out));
}
