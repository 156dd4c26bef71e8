// The graph of layers: shapes, errors and cuts; and its lowering to kernel arguments.
#include <doctest/doctest.h>

#include "models/lower.h"

using namespace graft;

namespace {

Node conv(const char* name, int input, int filters, const SlidingWindow& window) {
  return {.op = Op::conv2d, .name = name, .block = "b", .inputs = {input}, .units = filters, .window = window};
}

// conv1 -> conv2 -> add(conv1, conv2) -> gap -> dense
Graph residual() {
  Graph g({8, 8, 3});
  const int first = g.add(conv("conv1", kGraphInput, 4, {.r = 3, .s = 3, .pad = 1}));
  const int second = g.add(conv("conv2", first, 4, {.r = 3, .s = 3, .pad = 1}));
  const int sum = g.add({.op = Op::add, .name = "add", .block = "b", .inputs = {first, second}, .relu = true});
  const int mean = g.add({.op = Op::global_avgpool, .name = "gap", .block = "head", .inputs = {sum}});
  g.add({.op = Op::dense, .name = "classes", .block = "head", .inputs = {mean}, .units = 2});
  return g;
}

}  // namespace

TEST_CASE("graph: shapes and parameters are inferred") {
  Graph g({9, 12, 3});
  const int stem = g.add(conv("stem", kGraphInput, 8, {.r = 7, .s = 5, .stride = 2, .pad = 3}));
  CHECK(g.nodes()[size_t(stem)].out == Shape{5, 7, 8});
  CHECK(g.nodes()[size_t(stem)].kernel().shape == Shape{7, 5, 3, 8});
  CHECK(g.nodes()[size_t(stem)].bias().shape == Shape{8});
  CHECK(g.nodes()[size_t(stem)].bias().name == "stem/bias");
  CHECK(g.nodes()[size_t(stem)].parameter_count() == 7 * 5 * 3 * 8 + 8);
  const SlidingWindow half{.r = 2, .s = 2, .stride = 2};
  const int pool = g.add({.op = Op::maxpool, .name = "pool", .block = "b", .inputs = {stem}, .window = half});
  CHECK(g.shape(pool) == Shape{2, 3, 8});
  CHECK(g.nodes()[size_t(pool)].in == Shape{5, 7, 8});
  const int flat = g.add({.op = Op::flatten, .name = "flatten", .block = "head", .inputs = {pool}});
  CHECK(g.shape(flat) == Shape{48});
  const int out = g.add({.op = Op::dense, .name = "out", .block = "head", .inputs = {flat}, .units = 5});
  CHECK(g.nodes()[size_t(out)].kernel().shape == Shape{48, 5});
  CHECK_NOTHROW(g.check_one_output());
  CHECK_THROWS_AS((Shape{2, 3, 4, 5}.prepend(6)), Error);
}

TEST_CASE("graph: errors name the layer") {
  Graph g({8, 8, 3});
  const int a = g.add(conv("a", kGraphInput, 4, {.r = 3, .s = 3}));
  const int b = g.add(conv("b", a, 4, {.r = 3, .s = 3}));
  const auto refuses = [&](Node node, const char* why) {
    CHECK_THROWS_WITH_AS(g.add(std::move(node)), doctest::Contains(why), Error);
  };
  refuses(conv("a", b, 4, {}), "there are two layers a");
  refuses(conv("c", 2, 4, {}), "c reads layer 2, which does not come before it");
  refuses(conv("c", -2, 4, {}), "does not come before it");
  refuses(conv("c", b, 4, {.r = 5, .s = 5}), "larger than its padded input");
  refuses(conv("c", b, 4, {.stride = 0}), "stride 0");
  refuses({.op = Op::add, .name = "c", .inputs = {a, b}}, "c adds 6x6x4 and 4x4x4");
  refuses({.op = Op::add, .name = "c", .inputs = {a}}, "c (add) has 1 inputs");
  refuses({.op = Op::dense, .name = "c", .inputs = {b}, .units = 2}, "c (dense) cannot have an input of 4x4x4");
  CHECK(g.size() == 2);
  g.add(conv("c", a, 4, {}));
  CHECK_THROWS_WITH_AS(g.check_one_output(), doctest::Contains("b is read by no other"), Error);
}

TEST_CASE("graph: it can be cut where only one value is read later") {
  const Graph g = residual();
  std::vector<bool> cuts;
  for (int i = 0; i <= g.size(); ++i) cuts.push_back(g.is_cut(i));
  CHECK(cuts == std::vector<bool>{true, true, false, true, true, true});
  CHECK(g.last_reader(kGraphInput) == 0);
  CHECK(g.last_reader(0) == 2);
  CHECK(g.last_reader(4) == -1);
}

TEST_CASE("lower: a convolution has the window of its node") {
  Graph g({32, 20, 3});
  const int a = g.add(conv("a", kGraphInput, 8, {.r = 7, .s = 5, .stride = 2, .pad = 3}));
  g.add(conv("b", a, 16, {}));
  for (const Node& node : g.nodes()) {
    const Lowered l = lower(node, 6);
    const Conv2dShape at = conv2d_shape(l);
    CHECK(Shape{at.n, at.h, at.w, at.c} == node.in.prepend(6));
    CHECK(Shape{at.n, at.p(), at.q(), at.k} == node.out.prepend(6));
    CHECK(Shape{at.r, at.s, at.c, at.k} == node.kernel().shape);
    CHECK((at.stride == node.window.stride && at.pad == node.window.pad));
    CHECK(std::holds_alternative<Conv2dGradWeight>(l.grad_weight));
    CHECK(std::holds_alternative<Conv2dGradInput>(l.grad_input) ==
          (node.name == "b"));  // the input image has no gradient
  }
  CHECK(lower_bf16(g.nodes()[0], 1).at.c == kBf16ImageChannels);
  CHECK(lower_bf16(g.nodes()[1], 1).at.c == 8);
}

TEST_CASE("lower: a dense layer is three matrix products") {
  Graph g({2, 2, 5});
  const int flat = g.add({.op = Op::flatten, .name = "flatten", .block = "head", .inputs = {kGraphInput}});
  const int out = g.add({.op = Op::dense, .name = "out", .block = "head", .inputs = {flat}, .units = 3});
  const Lowered l = lower(g.nodes()[size_t(out)], 7);
  const auto sizes = [](const KernelArgs& kernel) {
    const auto& gemm = std::get<Gemm>(kernel);
    return std::vector<int>{gemm.m, gemm.n, gemm.k};
  };
  CHECK(sizes(l.forward) == std::vector<int>{7, 3, 20});
  CHECK(sizes(l.grad_input) == std::vector<int>{7, 20, 3});
  CHECK(sizes(l.grad_weight) == std::vector<int>{20, 3, 7});
  CHECK(std::get<BiasGrad>(l.grad_bias).rows == 7);
  CHECK(std::holds_alternative<std::monostate>(lower(g.nodes()[size_t(flat)], 7).forward));
}

TEST_CASE("lower: layers without kernels are refused by name") {
  const Graph sums = residual();
  CHECK_THROWS_WITH_AS(lower(sums.nodes()[2], 1), doctest::Contains("layer add: no kernel computes add"), Error);
  Graph g({8, 8, 3});
  g.add({.op = Op::maxpool,
         .name = "pool1",
         .inputs = {kGraphInput},
         .window = {.r = 3, .s = 3, .stride = 2, .pad = 1}});
  CHECK_THROWS_WITH_AS(lower(g.nodes()[0], 1), doctest::Contains("pool1: no kernel pools windows of 3x3"), Error);
  CHECK_THROWS_AS(lower(g.nodes()[0], 0), Error);
  CHECK_THROWS_AS(lower(g.nodes()[0], int64_t{1} << 31), Error);
}
