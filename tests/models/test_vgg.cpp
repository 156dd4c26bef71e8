// The model tables: names, shapes, parameter counts, heads, what trains.
#include <doctest/doctest.h>

#include "models/head.h"
#include "models/vgg.h"

using namespace graft;

namespace {

int64_t trunk_size(const char* name) {
  Vgg model({.trunk = name});
  int64_t size = 0;
  for (const Parameter* p : model.trunk_parameters()) size += p->shape.size();
  return size;
}

std::vector<std::string> trained(std::string_view unfreeze) {
  Device device{cpu_backend()};
  Vgg model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap:8", .classes = 3});
  model.unfreeze(unfreeze, device);
  std::vector<std::string> names;
  for (const Layer& l : model.layers())
    if (l.trained()) names.push_back(l.name);
  return names;
}

}  // namespace

TEST_CASE("the trunks have the published numbers of parameters") {
  CHECK(trunk_size("vgg11") == 9'220'480);
  CHECK(trunk_size("vgg13") == 9'404'992);
  CHECK(trunk_size("vgg16") == 14'714'688);
  CHECK(trunk_size("vgg19") == 20'024'384);
  Vgg full({.head = "imagenet", .classes = 1000});
  int64_t size = 0;
  for (const Parameter& p : full.parameters().all()) size += p.shape.size();
  CHECK(size == 138'357'544);
}

TEST_CASE("layers have Keras' names and shapes") {
  const Vgg model({.classes = 4});
  CHECK(model.layers()[model.find("block3_conv3")].out == Shape{56, 56, 256});
  CHECK(model.layers()[model.find("block5_pool")].out == Shape{7, 7, 512});
  CHECK(model.layers()[model.find("flatten")].out == Shape{25088});
  CHECK(model.layers().back().out == Shape{4});
  CHECK_THROWS_WITH_AS(model.find("block6_conv1"), doctest::Contains("block5_conv3"), Error);
}

TEST_CASE("unfreeze trains a layer and all above it, and always the head") {
  CHECK(trained("none") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("block5") ==
        std::vector<std::string>{"block5_conv1", "block5_conv2", "head_dense", "head_predictions"});
  CHECK(trained("block5_conv2") == std::vector<std::string>{"block5_conv2", "head_dense", "head_predictions"});
  CHECK(trained("block5_pool") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("head_predictions") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("all").size() == 8);
  CHECK_THROWS_WITH_AS(trained("block7"), doctest::Contains("no layer"), Error);
  CHECK_THROWS_AS(trained(""), Error);
}

TEST_CASE("heads are parsed strictly") {
  CHECK(parse_head("flatten:1024").hidden == std::vector<int>{1024});
  CHECK(parse_head("gap").global_avgpool);
  CHECK(parse_head("gap:256:64").hidden == std::vector<int>{256, 64});
  for (const char* bad :
       {"", "gap:", "gap:0", "gap:-3", "gap:1e3", "flat:3", "flatten:99999999999", "flatten:12x", "gap::3"})
    CHECK_THROWS_AS(parse_head(bad), Error);
}

TEST_CASE("what cannot be built is refused") {
  CHECK_THROWS_WITH_AS(Vgg({.trunk = "vgg17"}), doctest::Contains("vgg11, vgg13, vgg16, vgg19"), Error);
  CHECK_THROWS_AS(Vgg({.image_size = 31}), Error);
  CHECK_THROWS_AS(Vgg({.classes = 1}), Error);
  CHECK_THROWS_AS(Vgg({.dropout = 1}), Error);
}

TEST_CASE("the frozen part ends where training or dropout begins") {
  Device device{cpu_backend()};
  Vgg model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap", .dropout = 0.5f, .classes = 3});
  model.unfreeze("none", device);
  CHECK(model.layers()[model.frozen_depth()].name == "dropout1");
  CHECK(model.input_shape(model.frozen_depth()) == Shape{32});
  model.unfreeze("block5", device);
  CHECK(model.layers()[model.frozen_depth()].name == "block5_conv1");
  model.unfreeze("all", device);
  CHECK(model.frozen_depth() == 0);
}

TEST_CASE("dropout acts in training only, and differs from step to step") {
  Device device{cpu_backend()};
  Vgg model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap:16", .dropout = 0.5f, .classes = 3});
  model.unfreeze("none", device);
  for (Parameter& p : model.parameters().all()) {
    std::vector<float> v(size_t(p.shape.size()));
    for (size_t i = 0; i < v.size(); ++i) v[i] = float(int(i * 37 % 17) - 7) * 0.02f;
    p.value.copy_from_host(v);
  }
  const Tensor x = Tensor::from_host(device, {1, 32, 32, 3}, std::vector<float>(32 * 32 * 3, 1.0f));
  const auto run = [&](ForwardMode mode) {
    Tape tape(Tape::Recording::off);
    return model.forward(tape, {x}, mode).value.to_host();
  };
  CHECK(run({}) == run({.seed = 9, .step = 4}));
  CHECK(run({.training = true, .seed = 1, .step = 1}) == run({.training = true, .seed = 1, .step = 1}));
  CHECK(run({.training = true, .seed = 1, .step = 1}) != run({.training = true, .seed = 1, .step = 2}));
  CHECK(run({.training = true, .seed = 1, .step = 1}) != run({}));
}
