// The real ImageNet files, if available: GRAFT_SHARED names a folder that contains weights/.
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <optional>

#include "tests/weights/weights_fixture.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

std::optional<std::filesystem::path> real(const char* name) {
  const char* shared = std::getenv("GRAFT_SHARED");
  if (!shared) {
    std::cout << "skipped: " << name << " (GRAFT_SHARED is not set)\n";
    return std::nullopt;
  }
  return std::filesystem::path(shared) / "weights" / name;
}

// The trunk of a VGG with these numbers of convolutions per block.
struct Trunk {
  ParameterArena arena;
  std::vector<Parameter*> list;
  explicit Trunk(std::vector<int> convolutions) {
    int64_t c = 3;
    for (size_t block = 0; block < convolutions.size(); ++block) {
      const int64_t k = std::min<int64_t>(64 << block, 512);
      for (int i = 1; i <= convolutions[block]; ++i, c = k) {
        const std::string layer = fmt::format("block{}_conv{}", block + 1, i);
        list.push_back(&arena.declare(layer + "/kernel", {3, 3, c, k}));
        list.push_back(&arena.declare(layer + "/bias", {k}));
      }
    }
    arena.allocate(test_device());
  }
};

}  // namespace

TEST_CASE("the real VGG19 file loads by name, and into no other network") {
  const auto path = real("vgg19_imagenet_notop.h5");
  if (!path) return;
  Trunk vgg19({2, 2, 4, 4, 4});
  const LoadReport report = load_keras_h5(*path, vgg19.list);
  CHECK(report.layout == "Keras 1");
  CHECK(report.matches.size() == 32);
  for (const Match& m : report.matches) CHECK(m.rule == "name");
  double sum = 0;
  for (float v : vgg19.list[0]->value.to_host()) sum += v;
  CHECK(sum != 0);

  Trunk vgg16({2, 2, 3, 3, 3});
  const std::string message = error_of([&] { load_keras_h5(*path, vgg16.list); });
  CHECK_MESSAGE(message.find("another network") != std::string::npos, message);
  CHECK_MESSAGE(message.find("block3_conv4, block4_conv4") != std::string::npos, message);
}

TEST_CASE("the partial VGG16 file has weights for exactly three blocks") {
  const auto path = real("vgg16_imagenet_partial_block1-3.h5");
  if (!path) return;
  Trunk three({2, 2, 3});
  CHECK(load_keras_h5(*path, three.list).matches.size() == 14);
  for (const std::vector<int>& blocks : {std::vector<int>{2, 2, 3, 3, 3}, {2, 2, 4, 4, 4}}) {
    Trunk whole(blocks);
    const std::string message = error_of([&] { load_keras_h5(*path, whole.list); });
    for (const char* part : {"block4_conv1/kernel [3x3x256x512] is missing", "block5_conv3/kernel"})
      CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

}  // namespace graft
