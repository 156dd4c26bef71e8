// Models: names, shapes and parameter counts of the available models, heads, set_trainable(), dropout; and hand-made
// graphs, which run as specified or are refused.
#include <doctest/doctest.h>

#include "engine/init.h"
#include "kernels/testing/compare.h"
#include "models/frozen_trunk.h"
#include "models/head.h"
#include "tests/kernels/reference_backend.h"

using namespace graft;

namespace {

int64_t trunk_size(const char* name) {
  Model model({.trunk = name});
  int64_t size = 0;
  for (const Parameter* p : model.trunk_parameters()) size += p->shape.size();
  return size;
}

std::vector<std::string> trained(std::string_view unfreeze) {
  Device device{cpu_backend()};
  Model model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap:8", .classes = 3});
  model.set_trainable(parse_trainable_from(unfreeze));
  model.allocate(device);
  std::vector<std::string> names;
  for (const Node& l : model.layers())
    if (l.trained()) names.push_back(l.name);
  return names;
}

}  // namespace

TEST_CASE("the trunks have the published numbers of parameters") {
  CHECK(trunk_size("vgg11") == 9'220'480);
  CHECK(trunk_size("vgg13") == 9'404'992);
  CHECK(trunk_size("vgg16") == 14'714'688);
  CHECK(trunk_size("vgg19") == 20'024'384);
  Model full({.head = "imagenet", .classes = 1000});
  int64_t size = 0;
  for (const Parameter& p : full.parameters().all()) size += p.shape.size();
  CHECK(size == 138'357'544);
}

TEST_CASE("every available model can be made, and there are kernels for its layers") {
  for (const ModelRow& row : models()) {
    CAPTURE(row.name);
    const Model model({.trunk = std::string(row.name), .image_size = 64, .head = "gap:5", .dropout = 0.5f});
    CHECK(model.layers()[size_t(model.trunk_end() - 1)].name == "gap");
    CHECK(model.layers()[size_t(model.trunk_end() - 1)].block == kHead);
    CHECK(model.layers().front().block == "block1");
    CHECK(model.layers()[size_t(model.trunk_end() - 2)].block == "block5");
    for (int i = 0; i <= model.depth(); ++i) CHECK(model.graph().is_cut(i));  // a VGG is a chain
  }
}

TEST_CASE("layers have the names and shapes of Keras") {
  const Model model({.classes = 4});
  CHECK(model.layers()[model.find("block3_conv3")].out == Shape{56, 56, 256});
  CHECK(model.layers()[model.find("block5_pool")].out == Shape{7, 7, 512});
  CHECK(model.layers()[model.find("flatten")].out == Shape{25088});
  CHECK(model.layers().back().out == Shape{4});
  CHECK_THROWS_WITH_AS(model.find("block6_conv1"), doctest::Contains("block5_conv3"), Error);
}

TEST_CASE("set_trainable: a block or layer and all after it, and always the head") {
  CHECK(trained("none") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("block5") ==
        std::vector<std::string>{"block5_conv1", "block5_conv2", "head_dense", "head_predictions"});
  CHECK(trained("block5_conv2") == std::vector<std::string>{"block5_conv2", "head_dense", "head_predictions"});
  CHECK(trained("block5_pool") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("head_predictions") == std::vector<std::string>{"head_dense", "head_predictions"});
  CHECK(trained("all").size() == 8);
  CHECK(trained("from=block4").size() == 5);
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

TEST_CASE("invalid configurations are refused") {
  CHECK_THROWS_WITH_AS(Model({.trunk = "vgg17"}), doctest::Contains("vgg11, vgg13, vgg16, vgg19"), Error);
  CHECK_THROWS_AS(Model({.image_size = 31}), Error);
  CHECK_THROWS_AS(Model({.classes = 1}), Error);
  CHECK_THROWS_AS(Model({.dropout = 1}), Error);
}

TEST_CASE("the frozen part ends where training or dropout begins") {
  Device device{cpu_backend()};
  Model model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap", .dropout = 0.5f, .classes = 3});
  model.set_trainable({});
  model.allocate(device);
  CHECK(model.layers()[model.first_trained_layer()].name == "dropout1");
  CHECK(model.input_shape(model.first_trained_layer()) == Shape{32});
  model.set_trainable(parse_trainable_from("block5"));
  model.allocate(device);
  CHECK(model.layers()[model.first_trained_layer()].name == "block5_conv1");
  model.set_trainable(parse_trainable_from("all"));
  model.allocate(device);
  CHECK(model.first_trained_layer() == 0);
}

TEST_CASE("dropout acts in training only, and differs from step to step") {
  Device device{cpu_backend()};
  Model model({.trunk = "vgg-tiny", .image_size = 32, .head = "gap:16", .dropout = 0.5f, .classes = 3});
  model.set_trainable({});
  model.allocate(device);
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

TEST_CASE("a convolution has the window of its node, forward and backward") {
  const auto make = [] {
    Graph g({20, 20, 3});
    int last = g.add({.op = Op::conv2d,
                      .name = "stem",
                      .block = "stem",
                      .inputs = {kGraphInput},
                      .units = 8,
                      .window = {.r = 5, .s = 3, .stride = 2, .pad = 1},
                      .relu = true});
    last =
        g.add({.op = Op::conv2d, .name = "narrow", .block = "block1", .inputs = {last}, .units = 16, .relu = true});
    last = g.add({.op = Op::global_avgpool, .name = "gap", .block = std::string(kHead), .inputs = {last}});
    g.add({.op = Op::dense, .name = "classes", .block = std::string(kHead), .inputs = {last}, .units = 3});
    return g;
  };
  std::vector<std::vector<float>> results[2];
  for (const Backend* backend : {&cpu_backend(), &test::reference_backend()}) {
    Device device(*backend);
    Model model({.trunk = "by hand"}, make());
    model.set_trainable({TrainableFrom::Kind::all, {}});
    model.allocate(device);
    for (Parameter& p : model.parameters().all())
      if (p.shape.rank() > 1) glorot_uniform(p, 5);
    std::vector<float> values(4 * 20 * 20 * 3);
    for (size_t i = 0; i < values.size(); ++i) values[i] = float(int(i * 37 % 101) - 50) / 50;
    const Tensor x = Tensor::from_host(device, {4, 20, 20, 3}, std::span<const float>(values));
    Tape tape;
    const Var logits = model.forward(tape, {x});
    const std::vector<int32_t> labels = {0, 1, 2, 1};
    tape.backward(softmax_loss(tape, logits, Tensor::from_host(device, {4}, std::span(labels))));
    auto& result = results[backend != &cpu_backend()];
    result.push_back(logits.value.to_host());
    for (const Parameter& p : model.parameters().all()) result.push_back(p.grad.to_host());
    if (backend != &cpu_backend()) continue;
    const std::vector<uint8_t> bytes(2 * 20 * 20 * 3, 90);
    const Tensor images = Tensor::from_host(device, {2, 20, 20, 3}, std::span(bytes));
    const Preprocess preprocess = preprocess_preset("torchvision", 20);
    FrozenTrunk trunk(device, model, model.trunk_end());
    Tape off(Tape::Recording::off);
    CHECK(trunk.run(images, preprocess).to_host() ==
          model.forward(off, {prepare(device, images, preprocess)}, 0, model.trunk_end()).value.to_host());
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    const auto difference = test::compare(results[0][i], results[1][i], 1e-5);
    CHECK_MESSAGE(difference.ok(), difference.report());
  }
}

TEST_CASE("a graph with layers without kernels is refused when the model is constructed") {
  Graph g({32, 32, 3});
  const Node conv{.op = Op::conv2d, .name = "a", .block = "b", .inputs = {kGraphInput}, .units = 4};
  const int a = g.add(conv);
  Node second = conv;
  second.name = "b", second.inputs = {a};
  const int b = g.add(second);
  const int sum = g.add({.op = Op::add, .name = "sum", .block = "b", .inputs = {a, b}});
  g.add({.op = Op::global_avgpool, .name = "gap", .block = std::string(kHead), .inputs = {sum}});
  CHECK_THROWS_WITH_AS(Model({.trunk = "by hand"}, std::move(g)), doctest::Contains("sum: no kernel computes add"),
                       Error);
  Graph headless({32, 32, 3});
  headless.add(conv);
  CHECK_THROWS_WITH_AS(Model({.trunk = "by hand"}, std::move(headless)), doctest::Contains("no head"), Error);
}
