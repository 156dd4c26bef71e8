// Trunks with ImageNet weights on two photographs, against outputs computed from the same files in plain numpy.
// GRAFT_SHARED names the folder that contains weights/, which is too large for the repository.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "kernels/testing/compare.h"
#include "models/frozen_trunk.h"
#include "tests/support/npy.h"
#include "weights/keras/keras_h5.h"

namespace graft::test {
namespace {

struct Golden {
  const char *trunk, *weights, *folder;
  std::vector<const char*> photographs;
  int first_pool, last_pool;  // blocks whose output is compared
};

std::vector<Parameter*> parameters_up_to(const Model& model, int depth) {
  std::vector<Parameter*> wanted;
  for (int i = 0; i < depth; ++i)
    for (Parameter* p : model.layers()[size_t(i)].parameters) wanted.push_back(p);
  return wanted;
}

std::string pool_name(int block) { return fmt::format("block{}_pool", block); }

void check_photograph(Device& device, const Model& model, const Golden& g, const std::filesystem::path& stem) {
  Tape tape;
  const Npy input = read_npy(stem.string() + "_input_bgr.npy");
  Var x{Tensor::from_host(device, {1, input.shape[0], input.shape[1], input.shape[2]}, input.f32())};
  int done = 0;
  for (int block = g.first_pool; block <= g.last_pool; ++block) {
    const int next = model.find(pool_name(block)) + 1;
    x = model.forward(tape, x, done, next);
    done = next;
    const Comparison c = compare(x.value.to_host(),
                                 read_npy(fmt::format("{}_{}.npy", stem.string(), pool_name(block))).values, 1e-5);
    CHECK_MESSAGE(c.ok(), stem.filename().string() << ", " << pool_name(block) << ": " << c.report());
  }
}

// Restores the bytes of the photograph, before the mean was subtracted.
Tensor photograph(Device& device, const Npy& bgr, const Preprocess& p) {
  std::vector<uint8_t> rgb(bgr.values.size());
  for (size_t i = 0; i < rgb.size(); ++i) {
    const double byte = bgr.values[i] + double(p.mean[i % 3]);
    REQUIRE(std::abs(byte - std::round(byte)) < 1e-3);
    rgb[i / 3 * 3 + 2 - i % 3] = uint8_t(std::lround(byte));
  }
  return Tensor::from_host(device, {1, bgr.shape[0], bgr.shape[1], bgr.shape[2]}, std::span<const uint8_t>(rgb));
}

// Checks the frozen layers in both precisions, starting from the bytes.
void check_frozen(Device& device, const Model& model, const Golden& g, const std::filesystem::path& stem) {
  const Preprocess caffe = preprocess_preset("keras-caffe");
  const Tensor image = photograph(device, read_npy(stem.string() + "_input_bgr.npy"), caffe);
  for (Precision precision : {Precision::f32, Precision::bf16}) {
    Device frozen(device.backend(), {.precision = precision});
    for (int block = g.first_pool; block <= g.last_pool; ++block) {
      FrozenTrunk trunk(frozen, model, model.find(pool_name(block)) + 1);
      const Npy golden = read_npy(fmt::format("{}_{}.npy", stem.string(), pool_name(block)));
      const Comparison c = compare(trunk.run(image, caffe).to_host(), golden.values,
                                   precision == Precision::f32 ? 1e-5 : tolerance(precision));
      CHECK_MESSAGE(c.ok(), stem.filename().string() << ", " << pool_name(block) << ", "
                                                     << std::string(name(precision)) << ": " << c.report());
    }
  }
}

void check_golden(const Golden& g) {
  const char* shared = std::getenv("GRAFT_SHARED");
  if (!shared) {
    std::cout << "skipped: " << g.trunk << " with real weights (GRAFT_SHARED is not set)\n";
    return;
  }
  const std::filesystem::path folder = std::filesystem::path(shared) / "weights";
  Device device(cpu_backend());
  Model model({.trunk = g.trunk, .head = "gap"});
  model.set_trainable({});
  model.allocate(device);
  load_keras_h5(folder / g.weights, parameters_up_to(model, model.find(pool_name(g.last_pool))));
  for (const char* photograph : g.photographs) {
    check_photograph(device, model, g, folder / g.folder / photograph);
    check_frozen(device, model, g, folder / g.folder / photograph);
  }
}

}  // namespace

TEST_CASE("VGG19: outputs of blocks 3, 4 and 5 for two photographs") {
  check_golden(
      {"vgg19", "vgg19_imagenet_notop.h5", "vgg19-golden", {"wenqi_persian_cat", "pytorch_hub_dog"}, 3, 5});
}

TEST_CASE("VGG16: output of block 3 for a photograph") {
  check_golden({"vgg16", "vgg16_imagenet_partial_block1-3.h5", "vgg16-golden", {"wenqi_persian_cat"}, 3, 3});
}

}  // namespace graft::test
