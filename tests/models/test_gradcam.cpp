// Grad-CAM: its gradient against finite differences, and its map against the formula.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/base/rng.h"
#include "engine/image/png_writer.h"
#include "engine/init.h"
#include "models/interpret/gradcam.h"
#include "tests/kernels/reference_backend.h"
#include "tests/support/scratch.h"

using namespace graft;

namespace {

struct Tiny {
  Device device{test::reference_backend()};
  Model model;
  explicit Tiny(const char* head) : model({.trunk = "vgg-tiny", .image_size = 32, .head = head, .classes = 3}) {
    model.set_trainable({});
    model.allocate(device);
    for (Parameter& p : model.parameters().all()) {
      if (p.shape.rank() == 4) he_normal(p, 5);
      if (p.shape.rank() == 2) glorot_uniform(p, 5);
    }
  }
  // Values as after a ReLU, but all different: a tie in a window of a pool would be a kink.
  Tensor activation(int layer, int64_t n) {
    const Shape one = model.layers()[layer].out;
    std::vector<float> values(size_t(n * one.size()));
    RandomStream random(9, Purpose::demo, uint64_t(layer));
    for (float& v : values) v = random.uniform(0, 1.5f);
    return Tensor::from_host(device, {n, one[0], one[1], one[2]}, std::span<const float>(values));
  }
  std::vector<float> logits(const Tensor& activation, int layer) {
    Tape tape(Tape::Recording::off);
    return model.forward(tape, {activation}, layer + 1, model.depth()).value.to_host();
  }
  Tensor images(int64_t n) {
    std::vector<float> values(size_t(n) * 32 * 32 * 3);
    RandomStream random(4, Purpose::demo);
    for (float& v : values) v = random.uniform(-1, 1);
    return Tensor::from_host(device, {n, 32, 32, 3}, std::span<const float>(values));
  }
};

}  // namespace

TEST_CASE("Grad-CAM: the gradient agrees with finite differences of the logit at every convolution") {
  for (const char* head : {"gap", "flatten:16"}) {
    Tiny tiny(head);
    const std::vector<int> classes = {2, 0};
    for (int layer = 0; layer < tiny.model.depth(); ++layer) {
      if (tiny.model.layers()[layer].op != Op::conv2d) continue;
      CAPTURE(tiny.model.layers()[layer].name);
      const Tensor activation = tiny.activation(layer, 2);
      const std::vector<float> gradient = class_score_gradient(tiny.model, activation, layer, classes).to_host();
      double norm = 0;
      for (float g : gradient) norm += double(g) * g;
      norm = std::sqrt(norm);
      CHECK(norm > 0);
      const auto score = [&](const std::vector<float>& values) {
        const std::vector<float> y =
            tiny.logits(Tensor::from_host(tiny.device, activation.shape(), std::span<const float>(values)), layer);
        return double(y[2]) + double(y[3]);  // class 2 of image 0, class 0 of image 1
      };
      // Along random directions. Where the backward and the forward difference disagree, there is a kink of a later
      // layer between them, and the direction is skipped.
      const std::vector<float> at = activation.to_host();
      int smooth = 0;
      for (uint64_t direction = 0; direction < 40; ++direction) {
        RandomStream random(7, Purpose::demo, direction);
        std::vector<float> up = at, down = at;
        double expected = 0;
        constexpr float kStep = 2e-4f;
        for (size_t i = 0; i < at.size(); ++i) {
          const float d = random.normal();
          up[i] += kStep * d, down[i] -= kStep * d;
          expected += double(d) * gradient[i];
        }
        const double here = score(at), backward = (here - score(down)) / kStep,
                     forward = (score(up) - here) / kStep;
        if (std::abs(forward - backward) > 0.02 * norm) continue;
        ++smooth;
        CHECK(std::abs((backward + forward) / 2 - expected) < 0.05 * norm);  // two kinks may hide each other
      }
      CHECK(smooth >= 3);
    }
  }
}

TEST_CASE("Grad-CAM: the map is relu(sum of mean gradient times activation), and images are independent") {
  Tiny tiny("gap:8");
  const int layer = find_conv(tiny.model, "block4_conv1");
  const Tensor x = tiny.images(3);
  const std::vector<int> classes = {1, kPredictedClass, 1};
  const std::vector<ClassMap> maps = grad_cam(tiny.model, x, layer, classes);
  REQUIRE(maps.size() == 3);
  CHECK(maps[0].shown == 1);
  CHECK(maps[1].shown == std::max_element(maps[1].probs.begin(), maps[1].probs.end()) - maps[1].probs.begin());
  Tape tape(Tape::Recording::off);
  const Tensor activation = tiny.model.forward(tape, {x}, 0, layer + 1).value;
  const std::vector<float> a = activation.to_host(),
                           g = class_score_gradient(tiny.model, activation, layer, std::vector{1, maps[1].shown, 1})
                                   .to_host();
  const int positions = 4 * 4, channels = 16;
  REQUIRE(maps[2].values.size() == positions);
  for (int p = 0; p < positions; ++p) {
    double sum = 0;
    for (int k = 0; k < channels; ++k) {
      double mean = 0;
      for (int q = 0; q < positions; ++q) mean += g[size_t((2 * positions + q) * channels + k)] / positions;
      sum += mean * a[size_t((2 * positions + p) * channels + k)];
    }
    CHECK(maps[2].values[size_t(p)] == doctest::Approx(std::max(sum, 0.0)).epsilon(1e-4));
  }
  const std::vector<ClassMap> alone = grad_cam(tiny.model, x.slice0(2, 3), layer, std::vector{1});
  CHECK(alone[0].values == maps[2].values);
}

TEST_CASE("Grad-CAM: an unknown layer is an error that lists the convolutions") {
  Tiny tiny("gap");
  CHECK(tiny.model.layers()[find_conv(tiny.model, "")].name == "block5_conv2");
  CHECK(tiny.model.layers()[find_conv(tiny.model, "block1_conv1")].name == "block1_conv1");
  for (const char* bad : {"block5_pool", "gap", "conv", "block9_conv1"})
    CHECK_THROWS_WITH_AS(find_conv(tiny.model, bad), doctest::Contains("block3_conv1"), Error);
}
