// How frozen layers run as inference: how many images at once, and which activation lies in which buffer. A buffer
// is used again as soon as no later layer reads what is in it: a chain of layers needs two, a residual block three.
// The plan is made from the graph alone; FrozenTrunk follows it, and the memory plan counts it.
#pragma once
#include <span>

#include "kernels/api/table.h"
#include "models/graph.h"

namespace graft {

// What one call of a kernel computes: the output of layer `result` from the inputs of layer `layer`. They differ
// where a convolution pools too.
struct PlanStep {
  int layer, result;
};

constexpr int kNoBuffer = -1;

struct BufferPlan {
  int input = kNoBuffer;     // holds the value that enters the steps; kNoBuffer if it lies elsewhere
  std::vector<int> results;  // for each step, the buffer that it writes
  int count = 0;
};

// Buffers for steps that compute all layers of a part of the graph, in order. Throws Error (bug) if the part reads
// more from before it than the one value that enters.
BufferPlan plan_buffers(const Graph& graph, std::span<const PlanStep> steps, bool buffers_input);

// The shallow layers, whose activations are large, take `shallow_batch` images at once. The deep ones, from
// `deep_begin` on, take `deep_batch` of them: more work for each reading of the filters.
struct FrozenPlan {
  int64_t shallow_batch = 0, deep_batch = 0;  // images
  int deep_begin = 0;                         // a layer after a pool; images_end() if there is no such layer
  int buffers = 0;
  int64_t buffer_bytes = 0;      // of each
  int64_t deep_input_bytes = 0;  // the inputs of layer `deep_begin` for a deep batch; 0 if there is no such layer

  int64_t images(int layer) const { return layer < deep_begin ? shallow_batch : deep_batch; }
  int64_t bytes() const { return buffers * buffer_bytes + deep_input_bytes; }
};

// The first of the layers [0, end) whose output is not an image (h,w,c) but a vector, such as a mean or a flatten;
// `end` if there is none.
int images_end(const Graph& graph, int end);

// For n images through layers [0, end), end > 0, with activations in f32 or bf16.
FrozenPlan plan_frozen(const Graph& graph, int end, int64_t n, const DeviceInfo& device, Precision precision);

}  // namespace graft
