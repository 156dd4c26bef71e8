// FrozenTrunk against Model::forward: bitwise equal in f32, close in bf16, on every backend; and two buffers, not one
// per layer.
#include <doctest/doctest.h>

#include "engine/base/rng.h"
#include "engine/init.h"
#include "kernels/testing/compare.h"
#include "models/frozen_trunk.h"

using namespace graft;

namespace {

void fill(Model& model) {
  for (Parameter& p : model.parameters().all()) {
    if (p.shape.rank() == 4) {
      he_normal(p, 3);
      continue;
    }
    RandomStream random(5, Purpose::init, hash_name(p.name));
    std::vector<float> values(static_cast<size_t>(p.shape.size()));
    for (float& v : values) v = random.uniform(-0.3f, 0.3f);
    p.value.copy_from_host(values);
  }
}

Tensor noise_images(Device& device, int n, int size) {
  RandomStream random(7, Purpose::demo, uint64_t(size));
  std::vector<uint8_t> rgb(size_t(n) * size * size * 3);
  for (uint8_t& v : rgb) v = uint8_t(random.below(256));
  return Tensor::from_host(device, {n, size, size, 3}, std::span<const uint8_t>(rgb));
}

struct Case {
  const char* trunk;
  int size;
  const char* head;
  int n;
};

std::vector<float> on_tape(Device& device, const Model& model, const Tensor& images, const Preprocess& p, int end) {
  Tape tape(Tape::Recording::off);
  return model.forward(tape, {prepare(device, images, p)}, 0, end).value.to_host();
}

// Checks every possible end of the trunk, with shallow batches of three images.
void check_all_ends(Backend backend, const Case& c, const KernelPolicy& policy, double tolerance) {
  Model model({.trunk = c.trunk, .image_size = c.size, .head = c.head, .classes = 3});
  const int64_t largest = int64_t{c.size} * c.size * model.layers()[0].units;
  backend.info.chunk = 3 * largest + largest / 2;
  KernelPolicy on_the_tape = policy;
  on_the_tape.precision = Precision::f32;
  Device device(backend, on_the_tape), frozen(backend, policy);
  model.set_trainable({});
  model.allocate(device);
  fill(model);
  const Preprocess p = preprocess_preset("torchvision", c.size);
  const Tensor images = noise_images(device, c.n, c.size);
  for (int end = 0; end <= model.trunk_end(); ++end) {
    FrozenTrunk trunk(frozen, model, end);
    const Tensor y = trunk.run(images, p);
    REQUIRE(y.shape()[0] == c.n);
    REQUIRE(y.size() == c.n * model.input_shape(end).size());
    const std::vector<float> values = y.to_host(), expected = on_tape(device, model, images, p, end);
    CAPTURE(backend.name);
    CAPTURE(end);
    if (tolerance == 0) {
      CHECK(values == expected);
    } else {
      const auto difference = test::compare(values, expected, tolerance);
      CHECK_MESSAGE(difference.ok(), difference.report());
    }
    CHECK(trunk.run(images, p).to_host() == values);
  }
}

int allocations = 0;
void* counted(size_t bytes) {
  ++allocations;
  return cpu_backend().alloc(bytes);
}

}  // namespace

TEST_CASE("frozen trunk: bitwise equal to Model::forward in f32") {
  for (const Case& c : {Case{"vgg-tiny", 37, "flatten", 7}, Case{"vgg-tiny", 32, "gap", 2},
                        Case{"vgg-tiny", 33, "flatten", 26}, Case{"vgg11", 48, "gap", 4}})
    check_all_ends(cpu_backend(), c, {}, 0);
  check_all_ends(emu_backend(), {"vgg-tiny", 37, "gap", 4}, {}, 0);
}

TEST_CASE("frozen trunk: a selected kernel that cannot include the pool is followed by one") {
  check_all_ends(cpu_backend(), {"vgg-tiny", 33, "flatten", 2}, {.conv2d = "direct"}, 0);
}

TEST_CASE("frozen trunk: bf16 stays close to f32") {
  for (const Case& c : {Case{"vgg-tiny", 37, "flatten", 7}, Case{"vgg11", 48, "gap", 4}})
    check_all_ends(cpu_backend(), c, {.precision = Precision::bf16}, 1e-2);
  check_all_ends(emu_backend(), {"vgg-tiny", 33, "gap", 4}, {.precision = Precision::bf16}, 1e-2);
}

TEST_CASE("frozen trunk: images of a batch are independent") {
  Device device(cpu_backend());
  Model model({.trunk = "vgg-tiny", .image_size = 35, .head = "gap", .classes = 3});
  model.set_trainable({});
  model.allocate(device);
  fill(model);
  const Preprocess p = preprocess_preset("keras-caffe", 35);
  const Tensor images = noise_images(device, 5, 35);
  for (Precision precision : {Precision::f32, Precision::bf16}) {
    Device frozen(cpu_backend(), {.precision = precision});
    FrozenTrunk trunk(frozen, model, model.trunk_end());
    const Tensor all = trunk.run(images, p);
    for (int i = 0; i < 5; ++i)
      CHECK(trunk.run(images.slice0(i, i + 1), p).to_host() == all.slice0(i, i + 1).to_host());
  }
}

TEST_CASE("frozen trunk: two buffers for all layers and one before the deep layers, allocated once") {
  Backend backend = cpu_backend();
  backend.alloc = counted;
  Device device(backend);
  Model model({.trunk = "vgg-tiny", .image_size = 32, .head = "flatten", .classes = 3});
  model.set_trainable({});
  model.allocate(device);
  fill(model);
  const Preprocess p = preprocess_preset("keras-caffe", 32);
  const Tensor images = noise_images(device, 4, 32);
  FrozenTrunk trunk(device, model, model.trunk_end());
  trunk.run(images, p);
  allocations = 0;
  trunk.run(images, p);
  CHECK(allocations == 1);  // the result
  trunk.run(images.slice0(0, 3), p);
  CHECK(allocations == 2);
  trunk.release_buffers();
  trunk.run(images, p);
  CHECK(allocations == 6);
}

TEST_CASE("frozen trunk: layers that cannot be frozen are refused") {
  Device device(cpu_backend());
  const Model model({.trunk = "vgg-tiny", .image_size = 32, .classes = 3});
  CHECK_THROWS_AS(FrozenTrunk(device, model, model.trunk_end() + 1), Error);
  CHECK_THROWS_AS(FrozenTrunk(device, model, -1), Error);
}
