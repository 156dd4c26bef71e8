// Buffers by last use: two for a chain, three for a residual block, and none is reused while a later layer reads it.
#include <doctest/doctest.h>

#include "models/frozen_plan.h"
#include "models/models.h"

using namespace graft;

namespace {

constexpr SlidingWindow kSame{.r = 3, .s = 3, .pad = 1};

struct Builder {
  Graph graph{Shape{16, 16, 3}};
  int conv(const char* name, int input) {
    return graph.add({.op = Op::conv2d,
                      .name = name,
                      .block = "b",
                      .inputs = {input},
                      .units = 4,
                      .window = kSame,
                      .relu = true});
  }
  int add(const char* name, int a, int b) {
    return graph.add({.op = Op::add, .name = name, .block = "b", .inputs = {a, b}, .relu = true});
  }
};

std::vector<PlanStep> one_by_one(int begin, int end) {
  std::vector<PlanStep> steps;
  for (int i = begin; i < end; ++i) steps.push_back({i, i});
  return steps;
}

// Simulates the plan: a buffer holds the index of the value written last.
void check_contents(const Graph& graph, std::span<const PlanStep> steps, const BufferPlan& plan) {
  std::vector<int> holds(size_t(plan.count), -2);
  if (plan.input != kNoBuffer) holds[size_t(plan.input)] = steps.front().layer - 1;
  const auto buffer_of = [&](int value) {
    for (size_t i = 0; i < steps.size(); ++i)
      if (steps[i].result == value) return plan.results[i];
    return plan.input;
  };
  for (size_t i = 0; i < steps.size(); ++i) {
    for (const int input : graph.nodes()[size_t(steps[i].layer)].inputs) {
      if (buffer_of(input) == kNoBuffer) continue;
      CHECK(holds[size_t(buffer_of(input))] == input);
      CHECK(plan.results[i] != buffer_of(input));  // a convolution must not overwrite its input
    }
    holds[size_t(plan.results[i])] = steps[i].result;
  }
}

}  // namespace

TEST_CASE("frozen plan: a VGG alternates between two buffers") {
  for (const ModelRow& row : models()) {
    const Graph graph = make_graph({.trunk = std::string(row.name), .image_size = 64});
    CAPTURE(row.name);
    int images_end = 0;
    while (graph.shape(images_end).rank() == 3) ++images_end;
    const std::vector<PlanStep> steps = one_by_one(0, images_end);
    const BufferPlan plan = plan_buffers(graph, steps, true);
    CHECK(plan.count == 2);
    CHECK(plan.input == 0);
    for (size_t i = 0; i < plan.results.size(); ++i) CHECK(plan.results[i] == int(i + 1) % 2);
    check_contents(graph, steps, plan);
    CHECK(plan_frozen(graph, images_end, 8, {}, Precision::f32).buffers == 2);
  }
}

TEST_CASE("frozen plan: a convolution and its pool are one step, and the input may be stored elsewhere") {
  const Graph graph = make_graph({.trunk = "vgg-tiny", .image_size = 64});
  const std::vector<PlanStep> pooled = {{0, 1}, {2, 3}, {4, 5}};
  const BufferPlan plan = plan_buffers(graph, pooled, true);
  CHECK(plan.results == std::vector<int>{1, 0, 1});
  check_contents(graph, pooled, plan);
  const std::vector<PlanStep> deep = {{6, 7}, {8, 8}, {9, 10}};
  const BufferPlan second = plan_buffers(graph, deep, false);
  CHECK(second.input == kNoBuffer);
  CHECK(second.results == std::vector<int>{0, 1, 0});
  check_contents(graph, deep, second);
}

TEST_CASE("frozen plan: a residual block needs three buffers, and so do several in sequence") {
  Builder b;
  int last = b.conv("stem", kGraphInput);
  for (const char* block : {"1", "2", "3"}) {
    const int first = b.conv((std::string("a") + block).c_str(), last);
    const int second = b.conv((std::string("b") + block).c_str(), first);
    last = b.add((std::string("sum") + block).c_str(), second, last);
  }
  const std::vector<PlanStep> steps = one_by_one(0, b.graph.size());
  const BufferPlan plan = plan_buffers(b.graph, steps, true);
  CHECK(plan.count == 3);
  check_contents(b.graph, steps, plan);
  const FrozenPlan frozen = plan_frozen(b.graph, b.graph.size(), 2, {.chunk = 1 << 20}, Precision::f32);
  CHECK(frozen.buffers == 3);
  CHECK(frozen.buffer_bytes == 2 * 16 * 16 * 4 * int64_t{sizeof(float)});
  CHECK(frozen.bytes() == 3 * frozen.buffer_bytes);
  CHECK(b.graph.shape(last) == Shape{16, 16, 4});
}

TEST_CASE("frozen plan: a value that is read late keeps its buffer") {
  Builder b;
  const int stem = b.conv("stem", kGraphInput), one = b.conv("one", stem), two = b.conv("two", one);
  const int sum = b.add("sum", one, two);
  b.add("long", sum, stem);
  const std::vector<PlanStep> steps = one_by_one(0, b.graph.size());
  const BufferPlan plan = plan_buffers(b.graph, steps, true);
  CHECK(plan.count == 4);
  check_contents(b.graph, steps, plan);
  CHECK_THROWS_WITH_AS(plan_buffers(b.graph, one_by_one(3, 5), true), doctest::Contains("reads"), Error);
}
