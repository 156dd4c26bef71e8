#include "models/frozen_plan.h"

#include <algorithm>

#include "models/lower.h"

namespace graft {
namespace {

const Node& node_of(const Graph& graph, int layer) { return graph.nodes()[static_cast<size_t>(layer)]; }

// Buffers of [0, end) if each layer is a step of its own. Fused pools never need more.
int count_buffers(const Graph& graph, int end) {
  std::vector<PlanStep> steps;
  for (int i = 0; i < end; ++i) steps.push_back({i, i});
  return plan_buffers(graph, steps, true).count;
}

}  // namespace

int images_end(const Graph& graph, int end) {
  int i = 0;
  while (i < end && graph.shape(i).rank() == 3) ++i;
  return i;
}

BufferPlan plan_buffers(const Graph& graph, std::span<const PlanStep> steps, bool buffers_input) {
  BufferPlan plan;
  if (steps.empty()) return plan;
  const int begin = steps.front().layer, end = steps.back().result + 1, entry = begin - 1;
  std::vector<int> buffer_of(static_cast<size_t>(end - entry), kNoBuffer);  // by value
  std::vector<bool> taken;
  const auto buffer = [&](int value) -> int& { return buffer_of[size_t(value - entry)]; };
  const auto take = [&] {
    const auto free = std::find(taken.begin(), taken.end(), false);
    const int index = int(free - taken.begin());
    if (free == taken.end()) taken.push_back(true);
    taken[size_t(index)] = true;
    return index;
  };
  if (buffers_input) plan.input = buffer(entry) = take();
  for (const PlanStep& step : steps) {
    const Node& node = node_of(graph, step.layer);
    for (const int input : node.inputs)
      require(input >= entry, "layer {} reads a value from before layer {}", node.name, begin);
    buffer(step.result) = take();  // before the buffers of its inputs are released
    plan.results.push_back(buffer(step.result));
    for (const int input : node.inputs)
      if (graph.last_reader(input) == step.layer && buffer(input) != kNoBuffer)
        taken[size_t(buffer(input))] = false;
  }
  plan.count = int(taken.size());
  return plan;
}

FrozenPlan plan_frozen(const Graph& graph, int end, int64_t n, const DeviceInfo& device, Precision precision) {
  constexpr int64_t kDeepFactor = 8;  // shallow batches per deep batch, whose activations must fit the same buffers
  const int64_t element = precision == Precision::bf16 ? sizeof(Bf16) : sizeof(float);
  const Shape& image = graph.shape(kGraphInput);
  const int stop = images_end(graph, end);
  FrozenPlan plan;
  int64_t largest = image[0] * image[1] * kBf16ImageChannels;  // activation of one image, in elements
  for (int i = 0; i < stop; ++i) largest = std::max(largest, graph.shape(i).size());
  plan.shallow_batch = std::clamp<int64_t>(device.chunk / largest, 1, n);
  plan.deep_begin = stop;
  int64_t after = 0;  // the largest activation from layer i on
  for (int i = stop - 1; i > 0; --i) {
    after = std::max(after, graph.shape(i).size());
    if (after * kDeepFactor > largest) break;
    if (node_of(graph, i - 1).op == Op::maxpool && graph.is_cut(i)) plan.deep_begin = i;
  }
  const bool has_deep = plan.deep_begin < stop;
  plan.deep_batch = has_deep ? std::min(n, kDeepFactor * plan.shallow_batch) : plan.shallow_batch;
  plan.deep_input_bytes = has_deep ? plan.deep_batch * graph.shape(plan.deep_begin - 1).size() * element : 0;
  plan.buffers = count_buffers(graph, stop);
  // Where gap follows, the bf16 feature map is widened to f32 in a buffer.
  const bool widens = precision == Precision::bf16 && stop < end && node_of(graph, stop).op == Op::global_avgpool;
  const int64_t widened = widens ? graph.shape(stop - 1).size() * int64_t{sizeof(float)} : 0;
  plan.buffer_bytes = std::max(plan.shallow_batch * largest * element, plan.deep_batch * widened);
  return plan;
}

}  // namespace graft
